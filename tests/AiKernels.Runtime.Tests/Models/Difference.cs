namespace AiKernels.Runtime.Tests.Models;

/// <summary>How far logits [T, vocabulary] are apart.</summary>
internal static class Difference
{
    /// <summary>The largest difference at a position over the largest logit there, at the worst position; NaN counts as infinite.</summary>
    public static double Worst(float[] actual, double[] expected, int vocabulary)
    {
        var worst = actual.Length == expected.Length ? 0.0 : double.PositiveInfinity;
        for (var row = 0; row < actual.Length; row += vocabulary)
        {
            double difference = 0, largest = 0;
            for (var i = row; i < row + vocabulary; i++)
            {
                difference = Math.Max(difference, Math.Abs(actual[i] - expected[i])); // NaN wins.
                largest = Math.Max(largest, Math.Abs(expected[i]));
            }

            var ratio = difference / largest;
            worst = double.IsNaN(ratio) ? double.PositiveInfinity : Math.Max(worst, ratio);
        }

        return worst;
    }

    /// <inheritdoc cref="Worst(float[], double[], int)"/>
    public static double Worst(float[] actual, float[] expected, int vocabulary) =>
        Worst(actual, Array.ConvertAll(expected, value => (double)value), vocabulary);

    /// <summary>The sum of squared differences.</summary>
    public static double Squares(float[] actual, double[] expected) =>
        actual.Zip(expected, (a, b) => (a - b) * (a - b)).Sum();
}

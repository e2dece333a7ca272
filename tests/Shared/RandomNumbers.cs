using AiKernels.Formats;

namespace AiKernels.Tests;

/// <summary>Seeded operands.</summary>
internal static class RandomNumbers
{
    /// <summary>Normally distributed values.</summary>
    public static float[] Normal(Random random, int count, float deviation = 1, float mean = 0)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = mean + (deviation * (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble())));
        }

        return values;
    }

    /// <summary>A matrix of random weights in its stored form.</summary>
    public static byte[] Stored(Random random, GgmlType type, int rows, int columns, float deviation = 0.05f)
    {
        var stored = new byte[type.RowBytes(columns) * rows];
        SupportedFormats.Get(type).Quantize(Normal(random, rows * columns, deviation), stored);
        return stored;
    }
}

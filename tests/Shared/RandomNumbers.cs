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

    /// <summary>Mostly ordinary values; now and then blocks of zeros, tiny ones, infinities and NaN.</summary>
    public static float[] Activations(Random random, int count)
    {
        var values = Normal(random, count, MathF.Pow(10, random.Next(-3, 3)));
        ReadOnlySpan<float> odd = [0, -0f, float.Epsilon, 1e-38f, 3e38f, float.PositiveInfinity, float.NaN];
        for (var n = random.Next(4); n > 0; n--)
        {
            values[random.Next(count)] = odd[random.Next(odd.Length)];
        }

        if (random.Next(3) == 0)
        {
            Array.Clear(values, 0, Math.Min(count, 64));
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

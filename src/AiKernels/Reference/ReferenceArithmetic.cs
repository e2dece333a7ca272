namespace AiKernels.Reference;

/// <summary>The definitions that have no other home: exponential, norm, rotation, Hadamard transform, activation quantization.</summary>
internal static class ReferenceArithmetic
{
    /// <summary>e^x = 2^n e^r, n = round(x log2 e), e^r by its Taylor series to r^7.</summary>
    public static float Exp(float x)
    {
        if (float.IsNaN(x))
        {
            return x;
        }

        x = Math.Clamp(x, -104f, 89f);
        var n = (int)MathF.Round(x * 1.44269504f, MidpointRounding.ToEven);
        var r = MathF.FusedMultiplyAdd(-n, 0.693359375f, x);
        r = MathF.FusedMultiplyAdd(-n, -2.12194440e-4f, r);
        ReadOnlySpan<float> coefficients = [1f / 5040, 1f / 720, 1f / 120, 1f / 24, 1f / 6, 1f / 2, 1, 1];
        var sum = coefficients[0];
        foreach (var coefficient in coefficients[1..])
        {
            sum = MathF.FusedMultiplyAdd(sum, r, coefficient);
        }

        return sum * MathF.ScaleB(1, n >> 1) * MathF.ScaleB(1, n - (n >> 1));
    }

    /// <summary>The 16 partial sums of a row, added by a fixed tree: i with i + 8, then i + 4, i + 2, i + 1.</summary>
    public static float Tree(Span<float> partial)
    {
        for (var width = 8; width > 0; width /= 2)
        {
            for (var i = 0; i < width; i++)
            {
                partial[i] += partial[i + width];
            }
        }

        return partial[0];
    }

    /// <summary>y = x * (1 / sqrt(mean(x^2) + epsilon)) * gain.</summary>
    public static void RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float epsilon, Span<float> y)
    {
        var partial = new float[16];
        for (var i = 0; i < x.Length; i++)
        {
            partial[i % 16] = MathF.FusedMultiplyAdd(x[i], x[i], partial[i % 16]);
        }

        var inverse = 1 / MathF.Sqrt((Tree(partial) / x.Length) + epsilon);
        for (var i = 0; i < x.Length; i++)
        {
            y[i] = x[i] * inverse * gain[i];
        }
    }

    /// <summary>
    /// x = x / sqrt(B), then (a, b) = (a + b, a - b) for all channels that are 1, 2, 4 .. B / 2 apart, of each B channels:
    /// the largest power of two that divides the head.
    /// </summary>
    public static void HadamardTransform(Span<float> head)
    {
        var length = 1;
        while (head.Length % (2 * length) == 0)
        {
            length *= 2;
        }

        var scale = 1 / MathF.Sqrt(length);
        for (var i = 0; i < head.Length; i++)
        {
            head[i] *= scale;
        }

        for (var apart = 1; apart < length; apart *= 2)
        {
            for (var i = 0; i < head.Length; i++)
            {
                if (i / apart % 2 == 0)
                {
                    (head[i], head[i + apart]) = (head[i] + head[i + apart], head[i] - head[i + apart]);
                }
            }
        }
    }

    /// <summary>Turns each pair (a, b) of a head: a' = fma(a, cos, -(b sin)), b' = fma(a, sin, b cos).</summary>
    public static void Rope(Span<float> head, RopePairing pairing, ReadOnlySpan<float> rotation)
    {
        var pairs = rotation.Length / 2;
        for (var i = 0; i < pairs; i++)
        {
            var (first, second) = pairing == RopePairing.Adjacent ? (2 * i, (2 * i) + 1) : (i, i + pairs);
            var (a, b, cos, sin) = (head[first], head[second], rotation[i], rotation[pairs + i]);
            head[first] = MathF.FusedMultiplyAdd(a, cos, -(b * sin));
            head[second] = MathF.FusedMultiplyAdd(a, sin, b * cos);
        }
    }

    /// <summary>t = amax / 127 and a[i] = round-half-even(x[i] * (127 / amax)) for each block; a = 0 where 127 / amax is unusable.</summary>
    public static (sbyte[] Codes, float[] Scales) QuantizeActivations(ReadOnlySpan<float> x, int blockLength)
    {
        var codes = new sbyte[x.Length];
        var scales = new float[x.Length / blockLength];
        for (var block = 0; block < scales.Length; block++)
        {
            var amax = 0f;
            for (var i = 0; i < blockLength; i++)
            {
                amax = MathF.Max(amax, MathF.Abs(x[(block * blockLength) + i])); // NaN wins.
            }

            scales[block] = amax / 127;
            if (float.IsFinite(amax) && float.IsFinite(127 / amax))
            {
                for (var i = block * blockLength; i < (block + 1) * blockLength; i++)
                {
                    codes[i] = (sbyte)MathF.Round(x[i] * (127 / amax), MidpointRounding.ToEven);
                }
            }
        }

        return (codes, scales);
    }
}

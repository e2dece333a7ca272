namespace AiKernels.Formats;

public partial struct Q4_K
{
    /// <inheritdoc/>
    /// <remarks>
    /// Each group gets the scale and minimum of least squared error; both are then rounded to 6 bits of the largest,
    /// and the codes chosen for the rounded factors.
    /// </remarks>
    public static unsafe Q4_K Quantize(ReadOnlySpan<float> values)
    {
        var scales = stackalloc float[8];
        var minima = stackalloc float[8];
        float largestScale = 0, largestMinimum = 0;
        for (var g = 0; g < 8; g++)
        {
            (scales[g], minima[g]) = Quantization.BestScaleAndMinimum(values.Slice(g * 32, 32), 15);
            largestScale = MathF.Max(largestScale, scales[g]);
            largestMinimum = MathF.Max(largestMinimum, minima[g]);
        }

        var block = new Q4_K
        {
            _scale = HalfBits.FromFloat(largestScale / 63),
            _minimumScale = HalfBits.FromFloat(largestMinimum / 63),
        };
        for (var g = 0; g < 8; g++)
        {
            SetFactors(ref block, g, SixBits(scales[g], largestScale), SixBits(minima[g], largestMinimum));
            SetCodes(ref block, g, values.Slice(g * 32, 32));
        }

        return block;
    }

    private static int SixBits(float factor, float largest) =>
        largest > 0 ? Quantization.Nearest(factor * (63 / largest), 0, 63) : 0;

    private static unsafe void SetFactors(ref Q4_K block, int group, int scale, int minimum)
    {
        if (group < 4)
        {
            block._groupFactors[group] |= (byte)scale;
            block._groupFactors[group + 4] |= (byte)minimum;
        }
        else
        {
            block._groupFactors[group + 4] = (byte)((scale & 15) | ((minimum & 15) << 4));
            block._groupFactors[group - 4] |= (byte)((scale >> 4) << 6);
            block._groupFactors[group] |= (byte)((minimum >> 4) << 6);
        }
    }

    private static unsafe void SetCodes(ref Q4_K block, int group, ReadOnlySpan<float> values)
    {
        var scale = Scale(block, 0) * GroupScale(block, group);
        var minimum = MinimumScale(block, 0) * GroupMinimum(block, group);
        var inverse = scale == 0 ? 0 : 1 / scale;
        for (var i = 0; i < 32; i++)
        {
            var code = Quantization.Nearest((values[i] + minimum) * inverse, 0, 15);
            block._codes[((group >> 1) << 5) + i] |= (byte)(code << ((group & 1) * 4));
        }
    }
}

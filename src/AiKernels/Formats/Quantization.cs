namespace AiKernels.Formats;

/// <summary>What quantizers share: rounding to codes, and the search for the scale of least squared error.</summary>
internal static class Quantization
{
    /// <summary>The nearest integer, ties to even, within the codes; the lower bound for NaN.</summary>
    public static int Nearest(float value, int lowest, int highest)
    {
        var nearest = MathF.Round(value, MidpointRounding.ToEven);
        return nearest > highest ? highest : nearest > lowest ? (int)nearest : lowest;
    }

    /// <summary>The scale of a block, and 1 / scale, or 0 where there is none.</summary>
    public static (float Scale, float Inverse) SymmetricScale<TBlock>(ReadOnlySpan<float> values)
        where TBlock : unmanaged, ICacheBlock<TBlock>
    {
        var extreme = 0f;
        foreach (var value in values)
        {
            extreme = TBlock.Extreme(extreme, value);
        }

        var scale = TBlock.ScaleOf(extreme);
        return (scale, scale == 0 ? 0 : 1 / scale);
    }

    /// <summary>
    /// The scale s of least sum (x - s q)^2, q in -levels..levels-1. Rounding with each trial scale fixes the codes q;
    /// for these the best scale is (sum x q) / (sum q q).
    /// </summary>
    public static float BestSymmetricScale(ReadOnlySpan<float> values, int levels)
    {
        var extreme = 0f;
        foreach (var value in values)
        {
            extreme = MathF.Abs(value) > MathF.Abs(extreme) ? value : extreme;
        }

        if (extreme == 0)
        {
            return 0;
        }

        float bestScale = 0, bestGain = 0;
        for (var step = -9; step <= 9; step++)
        {
            var inverse = -(levels + (0.1f * step)) / extreme;
            float xq = 0, qq = 0;
            foreach (var value in values)
            {
                var q = Nearest(value * inverse, -levels, levels - 1);
                xq += value * q;
                qq += q * q;
            }

            // The squared error is sum x^2 - xq^2 / qq.
            if (qq > 0 && xq * xq / qq > bestGain)
            {
                (bestGain, bestScale) = (xq * xq / qq, xq / qq);
            }
        }

        return bestScale;
    }

    /// <summary>
    /// The scale s &gt;= 0 and minimum m &gt;= 0 of least sum (x - (s q - m))^2, q in 0..highest, by linear regression
    /// on the codes that each trial scale rounds to.
    /// </summary>
    public static (float Scale, float Minimum) BestScaleAndMinimum(ReadOnlySpan<float> values, int highest)
    {
        float low = 0, high = 0; // A minimum can't be negative, so the range includes 0.
        foreach (var value in values)
        {
            low = MathF.Min(low, value);
            high = MathF.Max(high, value);
        }

        if (high == low)
        {
            return (0, 0);
        }

        var best = (Scale: (high - low) / highest, Minimum: -low);
        var bestError = SquaredError(values, best.Scale, best.Minimum, highest);
        for (var step = -10; step <= 10; step++)
        {
            var trial = Regress(values, low, (highest + (0.1f * step)) / (high - low), highest);
            var error = SquaredError(values, trial.Scale, trial.Minimum, highest);
            if (trial.Scale > 0 && error < bestError)
            {
                (bestError, best) = (error, trial);
            }
        }

        return best;
    }

    private static (float Scale, float Minimum) Regress(ReadOnlySpan<float> values, float low, float inverse, int highest)
    {
        float sumQ = 0, sumQQ = 0, sumX = 0, sumXQ = 0;
        foreach (var value in values)
        {
            var q = Nearest((value - low) * inverse, 0, highest);
            sumQ += q;
            sumQQ += q * q;
            sumX += value;
            sumXQ += value * q;
        }

        var determinant = (values.Length * sumQQ) - (sumQ * sumQ);
        if (determinant <= 0)
        {
            return (0, 0);
        }

        var scale = ((values.Length * sumXQ) - (sumX * sumQ)) / determinant;
        var minimum = ((sumQ * sumXQ) - (sumQQ * sumX)) / determinant;
        return minimum >= 0 ? (scale, minimum) : (sumQQ > 0 ? sumXQ / sumQQ : 0, 0);
    }

    private static float SquaredError(ReadOnlySpan<float> values, float scale, float minimum, int highest)
    {
        var inverse = scale == 0 ? 0 : 1 / scale;
        var sum = 0f;
        foreach (var value in values)
        {
            var q = Nearest((value + minimum) * inverse, 0, highest);
            var error = value - ((scale * q) - minimum);
            sum += error * error;
        }

        return sum;
    }
}

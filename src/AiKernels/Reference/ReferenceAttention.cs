namespace AiKernels.Reference;

/// <summary>Attention of one query head over one sequence, by segments of 64 positions.</summary>
internal static class ReferenceAttention
{
    /// <summary>
    /// Scores of positions 0 to count - 1, before scaling, and their values [D] -> y [D].
    /// </summary>
    public static void Attend(int count, Func<int, float> scoreAt, Func<int, float[]> valueAt, float scale, Span<float> y)
    {
        var state = Segment(0, Math.Min(64, count), scoreAt, valueAt, scale);
        for (var start = 64; start < count; start += 64)
        {
            state = Merge(state, Segment(start, Math.Min(64, count - start), scoreAt, valueAt, scale));
        }

        for (var d = 0; d < y.Length; d++)
        {
            y[d] = state.Output[d] / state.Sum;
        }
    }

    private static (float Maximum, float Sum, float[] Output) Segment(
        int start, int count, Func<int, float> scoreAt, Func<int, float[]> valueAt, float scale)
    {
        var weights = new float[count];
        for (var p = 0; p < count; p++)
        {
            weights[p] = scoreAt(start + p) * scale;
        }

        var maximum = weights[0];
        foreach (var score in weights)
        {
            maximum = score > maximum ? score : maximum;
        }

        var sums = new float[16];
        var output = new float[valueAt(start).Length];
        for (var p = 0; p < count; p++)
        {
            weights[p] = ReferenceArithmetic.Exp(weights[p] - maximum);
            sums[p % 16] += weights[p];
            var value = valueAt(start + p);
            for (var d = 0; d < output.Length; d++)
            {
                output[d] = MathF.FusedMultiplyAdd(weights[p], value[d], output[d]);
            }
        }

        return (maximum, ReferenceArithmetic.Tree(sums), output);
    }

    private static (float Maximum, float Sum, float[] Output) Merge(
        (float Maximum, float Sum, float[] Output) first, (float Maximum, float Sum, float[] Output) second)
    {
        var maximum = second.Maximum > first.Maximum ? second.Maximum : first.Maximum;
        var keep = ReferenceArithmetic.Exp(first.Maximum - maximum);
        var add = ReferenceArithmetic.Exp(second.Maximum - maximum);
        for (var d = 0; d < first.Output.Length; d++)
        {
            first.Output[d] = MathF.FusedMultiplyAdd(second.Output[d], add, first.Output[d] * keep);
        }

        return (maximum, MathF.FusedMultiplyAdd(second.Sum, add, first.Sum * keep), first.Output);
    }
}

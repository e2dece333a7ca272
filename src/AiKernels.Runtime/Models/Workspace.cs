namespace AiKernels.Runtime.Models;

/// <summary>
/// The activations of a step, which blocks read and write in turn. Allocated once for the longest step; a shorter one
/// takes the first rows.
/// </summary>
/// <param name="Residual">x [T, width], the residual stream.</param>
/// <param name="Normed">[T, width], the input of a block.</param>
/// <param name="Queries">[T, H D].</param>
/// <param name="Keys">[T, G D].</param>
/// <param name="Values">[T, G D].</param>
/// <param name="Attended">[T, H D].</param>
/// <param name="Gated">[T, feed-forward width].</param>
/// <param name="Rotation">[T, R], cosines and sines of the tokens' positions.</param>
internal readonly record struct Workspace(
    Tensor Residual,
    Tensor Normed,
    Tensor Queries,
    Tensor Keys,
    Tensor Values,
    Tensor Attended,
    Tensor Gated,
    Tensor Rotation)
{
    /// <summary>Memory for steps of so many tokens, which the loader owns.</summary>
    public static Workspace Allocate(WeightLoader loader, DecoderSpec spec, int tokens)
    {
        var (queryWidth, keyWidth) = (spec.Heads * spec.HeadLength, spec.KeyValueHeads * spec.HeadLength);
        return new Workspace(
            Residual: loader.Tensor(tokens, spec.Width),
            Normed: loader.Tensor(tokens, spec.Width),
            Queries: loader.Tensor(tokens, queryWidth),
            Keys: loader.Tensor(tokens, keyWidth),
            Values: loader.Tensor(tokens, keyWidth),
            Attended: loader.Tensor(tokens, queryWidth),
            Gated: loader.Tensor(tokens, spec.FeedForwardWidth),
            Rotation: loader.Tensor(tokens, spec.Rotary.Length));
    }

    /// <summary>Floats of all parts for one token.</summary>
    public static long FloatsPerToken(DecoderSpec spec) =>
        (2L * spec.Width)
        + (2L * spec.HeadLength * (spec.Heads + spec.KeyValueHeads))
        + spec.FeedForwardWidth
        + spec.Rotary.Length;

    /// <summary>The first rows.</summary>
    public Workspace Slice(int tokens) => new(
        Residual.SliceRows(0, tokens),
        Normed.SliceRows(0, tokens),
        Queries.SliceRows(0, tokens),
        Keys.SliceRows(0, tokens),
        Values.SliceRows(0, tokens),
        Attended.SliceRows(0, tokens),
        Gated.SliceRows(0, tokens),
        Rotation.SliceRows(0, tokens));
}

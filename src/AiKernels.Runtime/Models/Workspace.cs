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
/// <param name="Gate">[T, feed-forward width].</param>
/// <param name="Up">[T, feed-forward width].</param>
/// <param name="Rotation">[T, R], cosines and sines of the tokens' positions.</param>
internal readonly record struct Workspace(
    Tensor Residual,
    Tensor Normed,
    Tensor Queries,
    Tensor Keys,
    Tensor Values,
    Tensor Attended,
    Tensor Gate,
    Tensor Up,
    Tensor Rotation)
{
    public static Workspace Allocate(IBackend backend, DecoderSpec spec, int tokens)
    {
        var (queryWidth, keyWidth) = (spec.Heads * spec.HeadLength, spec.KeyValueHeads * spec.HeadLength);
        return new Workspace(
            Residual: backend.Allocate(tokens, spec.Width),
            Normed: backend.Allocate(tokens, spec.Width),
            Queries: backend.Allocate(tokens, queryWidth),
            Keys: backend.Allocate(tokens, keyWidth),
            Values: backend.Allocate(tokens, keyWidth),
            Attended: backend.Allocate(tokens, queryWidth),
            Gate: backend.Allocate(tokens, spec.FeedForwardWidth),
            Up: backend.Allocate(tokens, spec.FeedForwardWidth),
            Rotation: backend.Allocate(tokens, spec.Rotary.Length));
    }

    /// <summary>Floats of all parts for one token.</summary>
    public static long FloatsPerToken(DecoderSpec spec) =>
        (2L * spec.Width)
        + (2L * spec.HeadLength * (spec.Heads + spec.KeyValueHeads))
        + (2L * spec.FeedForwardWidth)
        + spec.Rotary.Length;

    /// <summary>The first rows.</summary>
    public Workspace Slice(int tokens) => new(
        Residual.SliceRows(0, tokens),
        Normed.SliceRows(0, tokens),
        Queries.SliceRows(0, tokens),
        Keys.SliceRows(0, tokens),
        Values.SliceRows(0, tokens),
        Attended.SliceRows(0, tokens),
        Gate.SliceRows(0, tokens),
        Up.SliceRows(0, tokens),
        Rotation.SliceRows(0, tokens));

    public void Free()
    {
        foreach (var tensor in (ReadOnlySpan<Tensor>)[Residual, Normed, Queries, Keys, Values, Attended, Gate, Up, Rotation])
        {
            tensor.Storage.Dispose();
        }
    }
}

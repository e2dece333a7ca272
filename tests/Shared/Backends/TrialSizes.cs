namespace AiKernels.Tests.Shared.Backends;

/// <summary>The largest operands that a trial may draw, so that a slow backend can go through the same trials.</summary>
/// <param name="Tokens">T, the tokens that one call computes.</param>
/// <param name="Rows">N, a weight's outputs.</param>
/// <param name="Inputs">K, of formats that have no blocks.</param>
/// <param name="Blocks">K in blocks, of those that have.</param>
/// <param name="HeadLength">D, an attention head's channels, before they are rounded up to whole blocks.</param>
/// <param name="Context">Positions of a sequence.</param>
internal sealed record TrialSizes(int Tokens, int Rows, int Inputs, int Blocks, int HeadLength, int Context)
{
    /// <summary>More tokens than run past a panel at once, heads longer than kernels hold at once: a fast backend's.</summary>
    public static TrialSizes Full { get; } =
        new(Tokens: 139, Rows: 69, Inputs: 99, Blocks: 3, HeadLength: 299, Context: 240);

    /// <summary>Draws a number of tokens from a range, cut to what is allowed.</summary>
    public int DrawTokens(Random random, int least, int most) =>
        random.Next(Math.Min(least, Tokens), Math.Min(most, Tokens) + 1);
}

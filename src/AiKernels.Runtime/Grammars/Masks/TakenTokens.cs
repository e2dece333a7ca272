namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>Which tokens an expression takes, whatever follows it.</summary>
/// <param name="Tokens">Those that it takes whole.</param>
/// <param name="Mask">The same as a set, where they are many.</param>
/// <param name="Ends">The nodes of the tree at which it may end within a token: what follows decides on the rest.</param>
internal sealed record TakenTokens(int[] Tokens, TokenMask? Mask, int[] Ends)
{
    // From here on a set is smaller, or not much larger, and quicker to join.
    public const int Many = 1024;

    /// <summary>Adds them to a set.</summary>
    public void AddTo(TokenMask mask)
    {
        if (Mask is not null)
        {
            mask.Add(Mask);
        }

        foreach (var token in Tokens)
        {
            mask.Add(token);
        }
    }
}

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>A parsed pattern. Sets are named by their index in the parser's list.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of a set.</summary>
    public sealed record One(int Set) : PatternNode;

    /// <summary>Nothing, where no character of a set follows: <c>(?!x)</c>.</summary>
    public sealed record NotBefore(int Set) : PatternNode;

    /// <summary>Nothing, where a character of a set follows: <c>(?=x)</c>.</summary>
    public sealed record Before(int Set) : PatternNode;

    /// <summary>One after the other.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Items) : PatternNode;

    /// <summary>The first that matches.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Items) : PatternNode;

    /// <summary>
    /// From <paramref name="Minimum"/> to <paramref name="Maximum"/> times (null: no limit): as often as possible, or, if lazy,
    /// as seldom.
    /// </summary>
    public sealed record Repeat(PatternNode Item, int Minimum, int? Maximum, bool IsLazy = false) : PatternNode;
}

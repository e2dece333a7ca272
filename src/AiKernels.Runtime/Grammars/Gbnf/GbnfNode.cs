using AiKernels.Runtime.Grammars.Characters;

namespace AiKernels.Runtime.Grammars.Gbnf;

/// <summary>A part of a rule as it is written.</summary>
internal abstract record GbnfNode
{
    /// <summary>One character of a set.</summary>
    public sealed record OneOf(CodePointSet Set) : GbnfNode;

    /// <summary>One after the other.</summary>
    public sealed record Sequence(IReadOnlyList<GbnfNode> Items) : GbnfNode;

    /// <summary>Any of some.</summary>
    public sealed record Choice(IReadOnlyList<GbnfNode> Items) : GbnfNode;

    /// <summary>As often as said; without a maximum, as often as one likes.</summary>
    public sealed record Repeat(GbnfNode Item, int Minimum, int? Maximum) : GbnfNode;

    /// <summary>What another rule stands for, named at a place of the text.</summary>
    public sealed record Reference(string Rule, int Position) : GbnfNode;

    /// <summary>A token, or any but one, by its number or its text.</summary>
    public sealed record Token(int? Id, string Text, bool IsExcluded, int Position) : GbnfNode;
}

using AiKernels.Runtime.Grammars.Characters;

namespace AiKernels.Runtime.Grammars;

/// <summary>A part of a rule or of a regular expression as it is written.</summary>
internal abstract record SyntaxNode
{
    /// <summary>One character of a set.</summary>
    public sealed record OneOf(CodePointSet Set) : SyntaxNode;

    /// <summary>One after the other.</summary>
    public sealed record Sequence(IReadOnlyList<SyntaxNode> Items) : SyntaxNode;

    /// <summary>Any of some.</summary>
    public sealed record Choice(IReadOnlyList<SyntaxNode> Items) : SyntaxNode;

    /// <summary>As often as said; without a maximum, as often as one likes.</summary>
    public sealed record Repeat(SyntaxNode Item, int Minimum, int? Maximum) : SyntaxNode
    {
        // What a text can make a matcher visit.
        private const long MostTimes = 1_000_000;

        /// <summary>Whether its bounds come to too much together with those of the repeats within.</summary>
        public bool IsTooMuch => Times(this) > MostTimes;

        private static double Times(SyntaxNode node) => node switch
        {
            Repeat repeat => Math.Max(repeat.Maximum ?? repeat.Minimum, 1) * Times(repeat.Item),
            Sequence { Items.Count: > 0 } sequence => sequence.Items.Max(Times),
            Choice choice => choice.Items.Max(Times),
            Ahead ahead => Times(ahead.Item),
            _ => 1,
        };
    }

    /// <summary>What another rule of a grammar stands for, named at a place of its text.</summary>
    public sealed record Reference(string Rule, int Position) : SyntaxNode;

    /// <summary>A token, or any but one, by its number or its text.</summary>
    public sealed record Token(int? Id, string Text, bool IsExcluded, int Position) : SyntaxNode;

    /// <summary>Nothing, at the text's start.</summary>
    public sealed record Start : SyntaxNode;

    /// <summary>Nothing, at the text's end.</summary>
    public sealed record End : SyntaxNode;

    /// <summary>Nothing, where something follows, or where it doesn't.</summary>
    public sealed record Ahead(SyntaxNode Item, bool IsNegated) : SyntaxNode;
}

using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Regex;

/// <summary>Makes expressions of regular ones: of the texts that match from end to end, or that have a match somewhere.</summary>
/// <remarks>
/// Each part is made together with all that follows it: then an end of the text, or what must or must not lie ahead, is a
/// condition on what follows, and the conditions of a set are intersections.
/// </remarks>
internal sealed class RegexCompiler(ExpressionStore store, ICharacterEncoding encoding)
{
    private readonly Expression _anyCharacter = encoding.Encode(CodePointSet.All);

    private Expression AnyText => store.Repeat(_anyCharacter, 0, null);

    /// <summary>The texts that an expression matches from end to end.</summary>
    /// <exception cref="GrammarException">It can't be read, or uses what isn't supported.</exception>
    public Expression Whole(string source) => Compile(RegexParser.Parse(source), store.Empty, isStart: true);

    /// <summary>The texts in which an expression has a match.</summary>
    /// <inheritdoc cref="Whole" path="/exception"/>
    public Expression Search(string source)
    {
        var root = RegexParser.Parse(source);
        var elsewhere = Compile(root, AnyText, isStart: false);
        return store.Choice(
            Compile(root, AnyText, isStart: true),
            store.Sequence(store.Repeat(_anyCharacter, 1, null), elsewhere));
    }

    /// <summary>A part and what follows it.</summary>
    /// <param name="node">The part.</param>
    /// <param name="rest">What follows.</param>
    /// <param name="isStart">Whether the text starts here.</param>
    private Expression Compile(SyntaxNode node, Expression rest, bool isStart) => node switch
    {
        SyntaxNode.OneOf one => store.Sequence(encoding.Encode(one.Set), rest),
        SyntaxNode.Sequence sequence => Compile(sequence, rest, isStart),
        SyntaxNode.Choice choice => store.Choice([.. choice.Items.Select(item => Compile(item, rest, isStart))]),
        SyntaxNode.Repeat repeat => store.Sequence(Repeat(repeat), rest),
        SyntaxNode.Start => isStart ? rest : store.Nothing,
        SyntaxNode.End => rest.IsNullable ? store.Empty : store.Nothing,
        SyntaxNode.Ahead ahead => Ahead(ahead, rest, isStart),
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private Expression Compile(SyntaxNode.Sequence sequence, Expression rest, bool isStart)
    {
        // The text starts at each item before which all are without characters.
        var starts = new bool[sequence.Items.Count];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = isStart && (i == 0 || (starts[i - 1] && !TakesCharacters(sequence.Items[i - 1])));
            if (i > 0 && starts[i - 1] && !starts[i] && IsPerhapsEmpty(sequence.Items[i - 1]) && sequence.Items.Skip(i).Any(HasStart))
            {
                throw new GrammarException("^ behind something that may be empty isn't supported");
            }
        }

        for (var i = sequence.Items.Count - 1; i >= 0; i--)
        {
            rest = Compile(sequence.Items[i], rest, starts[i]);
        }

        return rest;
    }

    private Expression Ahead(SyntaxNode.Ahead ahead, Expression rest, bool isStart)
    {
        var condition = Compile(ahead.Item, AnyText, isStart);
        return store.Both(rest, ahead.IsNegated ? store.Not(condition) : condition);
    }

    /// <summary>What is repeated is followed by itself, so that it can say nothing of what follows.</summary>
    private Expression Repeat(SyntaxNode.Repeat repeat) =>
        HasCondition(repeat.Item)
            ? throw new GrammarException("^, $ and looking ahead aren't supported within a repeat")
            : store.Repeat(Compile(repeat.Item, store.Empty, isStart: false), repeat.Minimum, repeat.Maximum);

    private static bool HasCondition(SyntaxNode node) => node switch
    {
        SyntaxNode.Start or SyntaxNode.End or SyntaxNode.Ahead => true,
        SyntaxNode.Sequence sequence => sequence.Items.Any(HasCondition),
        SyntaxNode.Choice choice => choice.Items.Any(HasCondition),
        SyntaxNode.Repeat repeat => HasCondition(repeat.Item),
        _ => false,
    };

    private static bool HasStart(SyntaxNode node) => node switch
    {
        SyntaxNode.Start => true,
        SyntaxNode.Sequence sequence => sequence.Items.Any(HasStart),
        SyntaxNode.Choice choice => choice.Items.Any(HasStart),
        SyntaxNode.Ahead ahead => HasStart(ahead.Item),
        _ => false,
    };

    private static bool TakesCharacters(SyntaxNode node) => node switch
    {
        SyntaxNode.OneOf or SyntaxNode.Repeat => true,
        SyntaxNode.Sequence sequence => sequence.Items.Any(TakesCharacters),
        SyntaxNode.Choice choice => choice.Items.Any(TakesCharacters),
        _ => false,
    };

    private static bool IsPerhapsEmpty(SyntaxNode node) => node switch
    {
        SyntaxNode.OneOf => false,
        SyntaxNode.Sequence sequence => sequence.Items.All(IsPerhapsEmpty),
        SyntaxNode.Choice choice => choice.Items.Any(IsPerhapsEmpty),
        SyntaxNode.Repeat repeat => repeat.Minimum == 0 || IsPerhapsEmpty(repeat.Item),
        _ => true,
    };
}

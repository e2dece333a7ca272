using System.Runtime.CompilerServices;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Masks;
using AiKernels.Runtime.Grammars.Matching;

namespace AiKernels.Runtime.Grammars;

/// <summary>A grammar as expressions, with all that matching has found out about it.</summary>
internal sealed class CompiledGrammar
{
    private readonly ConditionalWeakTable<TokenVocabulary, GrammarMasks> _masks = [];
    private readonly ExpressionStore _store;
    private readonly int _first;
    private Func<Expression>? _generate;
    private Expression _generated;

    /// <param name="root">All its texts.</param>
    /// <param name="generate">Makes the texts that are generated, if not all are.</param>
    public CompiledGrammar(Expression root, Func<Expression>? generate = null)
    {
        (Root, _generated, _generate, _store) = (root, root, generate, root.Store);
        _first = _store.Count;
        Automaton = new PushdownAutomaton(_store.Work);
    }

    /// <summary>Held by whoever uses what follows.</summary>
    public Lock Lock { get; } = new();

    /// <summary>All texts of the grammar.</summary>
    public Expression Root { get; }

    /// <summary>The texts of the grammar that are generated: those of JSON without needless escapes, and without spaces around them.</summary>
    public Expression Generated
    {
        get
        {
            if (_generate is { } generate)
            {
                _store.Work.Begin(WorkBudget.OfCompiling);
                (_generated, _generate) = (generate(), null);
            }

            return _generated;
        }
    }

    /// <summary>Follows texts.</summary>
    public PushdownAutomaton Automaton { get; }

    /// <summary>Where the JSON of a text begins whose arrays have items that must differ; null where there are none.</summary>
    public JsonItems? Items { get; init; }

    /// <summary>Whether so much was found out that there is no room for much more: time for another one, while those under way have what is left.</summary>
    public bool IsWorn => _store.Count - _first > (ExpressionStore.MostExpressions - _first) / 2;

    /// <summary>Which tokens of a vocabulary it takes.</summary>
    public GrammarMasks Masks(TokenVocabulary vocabulary) => _masks.GetValue(vocabulary, made => new GrammarMasks(Automaton, made));
}

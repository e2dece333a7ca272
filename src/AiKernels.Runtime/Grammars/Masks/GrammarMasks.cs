using System.Runtime.InteropServices;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Matching;

namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>Which tokens of a vocabulary may come next in a grammar. To be used under the grammar's lock.</summary>
/// <remarks>
/// What the top of a stack takes doesn't depend on what is below it, so that it is found once and kept; only tokens that
/// reach beyond the top's end are followed further down, and those are few.
/// </remarks>
internal sealed class GrammarMasks
{
    // 20 KB each with a vocabulary of 150,000.
    private const int MostKept = 128;

    private readonly TokenVocabulary _vocabulary;
    private readonly PushdownAutomaton _automaton;
    private readonly TrieWalk _walk;
    private readonly Dictionary<Expression, TakenTokens> _taken = [];
    private readonly Dictionary<Configuration, TokenMask> _masks = [];
    private readonly Queue<Configuration> _order = [];
    private readonly Stack<(int Node, StackNode Stack)> _pending = [];
    private readonly HashSet<(int Node, StackNode Stack)> _seen = [];

    public GrammarMasks(Grammar grammar, TokenVocabulary vocabulary)
    {
        (_vocabulary, _automaton) = (vocabulary, grammar.Automaton);
        _walk = new TrieWalk(vocabulary.Trie, _automaton);
    }

    /// <summary>The tokens that may come next; not to be changed.</summary>
    public TokenMask Of(Configuration configuration)
    {
        ref var mask = ref CollectionsMarshal.GetValueRefOrAddDefault(_masks, configuration, out _);
        if (mask is null)
        {
            _order.Enqueue(configuration);
            mask = Make(configuration);
            if (_order.Count > MostKept)
            {
                _masks.Remove(_order.Dequeue());
            }
        }

        return mask;
    }

    private TokenMask Make(Configuration configuration)
    {
        var mask = new TokenMask(_vocabulary.Size);
        foreach (var stack in configuration.Stacks)
        {
            AddTop(mask, stack);
            AddTokens(mask, stack.Top);
        }

        while (_pending.TryPop(out var step))
        {
            _walk.Run(step.Stack.Top, step.Node);
            foreach (var token in _walk.Tokens)
            {
                mask.Add(token);
            }

            GoDown(CollectionsMarshal.AsSpan(_walk.Ends), step.Stack.Below);
        }

        _seen.Clear();
        return mask;
    }

    private void AddTop(TokenMask mask, StackNode stack)
    {
        var taken = Taken(stack.Top);
        taken.AddTo(mask);
        GoDown(taken.Ends, stack.Below);
    }

    private void GoDown(ReadOnlySpan<int> ends, StackNode? below)
    {
        foreach (var end in below is null ? [] : ends)
        {
            if (_seen.Add((end, below!)))
            {
                _pending.Push((end, below!));
            }
        }
    }

    private TakenTokens Taken(Expression top)
    {
        ref var taken = ref CollectionsMarshal.GetValueRefOrAddDefault(_taken, top, out _);
        return taken ??= Walk(top);
    }

    private TakenTokens Walk(Expression top)
    {
        _walk.Run(top, 0);
        int[] ends = [.. _walk.Ends];
        if (_walk.Tokens.Count < TakenTokens.Many)
        {
            return new TakenTokens([.. _walk.Tokens], null, ends);
        }

        var mask = new TokenMask(_vocabulary.Size);
        foreach (var token in _walk.Tokens)
        {
            mask.Add(token);
        }

        return new TakenTokens([], mask, ends);
    }

    private void AddTokens(TokenMask mask, Expression top)
    {
        if (!top.HasFirstTokens)
        {
            return;
        }

        for (var token = 0; token < _vocabulary.Size; token++)
        {
            if (!top.AfterToken(token).IsNothing)
            {
                mask.Add(token);
            }
        }
    }
}

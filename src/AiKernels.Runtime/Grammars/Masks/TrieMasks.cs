using System.Runtime.InteropServices;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Matching;

namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>Which tokens of a tree may come next in a grammar. To be used under the grammar's lock.</summary>
/// <remarks>
/// What the top of a stack takes doesn't depend on what is below it, so that it is found once and kept; only tokens that
/// reach beyond the top's end are followed further down, and those are few.
/// </remarks>
internal sealed class TrieMasks(PreorderTrie trie, PushdownAutomaton automaton, int vocabularySize)
{
    // A few hundred bytes to 20 KB each; a grammar's texts visit some hundred.
    private const int MostKept = 1 << 12;

    private readonly TrieWalk _walk = new(trie, automaton);
    private readonly Dictionary<Expression, TakenTokens> _taken = [];
    private readonly Dictionary<Expression, Expression> _relaxed = [];
    private readonly Stack<(int Node, StackNode Stack)> _pending = [];
    private readonly HashSet<(int Node, StackNode Stack)> _seen = [];

    /// <summary>Adds the tokens that a stack takes.</summary>
    /// <param name="mask">What they are added to.</param>
    /// <param name="stack">The stack.</param>
    /// <param name="isExact">Whether no others may be added, which is slower where there are counters.</param>
    public void AddTo(TokenMask mask, StackNode stack, bool isExact)
    {
        _pending.Clear(); // Where the last one was given up.
        _seen.Clear();
        var taken = isExact ? Walk(stack.Top) : Taken(Relaxed(stack.Top));
        taken.AddTo(mask);
        GoDown(taken.Ends, stack.Below);
        while (_pending.TryPop(out var step))
        {
            _walk.Run(isExact ? step.Stack.Top : Relaxed(step.Stack.Top), step.Node);
            foreach (var token in _walk.Tokens)
            {
                mask.Add(token);
            }

            GoDown(CollectionsMarshal.AsSpan(_walk.Ends), step.Stack.Below);
        }
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

    private Expression Relaxed(Expression expression)
    {
        if (!_relaxed.TryGetValue(expression, out var relaxed))
        {
            _relaxed[expression] = relaxed = expression.Relax(trie.MostDepth);
        }

        return relaxed;
    }

    private TakenTokens Taken(Expression top)
    {
        if (_taken.Count > MostKept)
        {
            _taken.Clear();
            _relaxed.Clear();
        }

        if (!_taken.TryGetValue(top, out var taken))
        {
            _taken[top] = taken = Walk(top);
        }

        return taken;
    }

    private TakenTokens Walk(Expression top)
    {
        _walk.Run(top, 0);
        int[] ends = [.. _walk.Ends];
        if (_walk.Tokens.Count < TakenTokens.Many)
        {
            return new TakenTokens([.. _walk.Tokens], null, ends);
        }

        var mask = new TokenMask(vocabularySize);
        foreach (var token in _walk.Tokens)
        {
            mask.Add(token);
        }

        return new TakenTokens([], mask, ends);
    }
}

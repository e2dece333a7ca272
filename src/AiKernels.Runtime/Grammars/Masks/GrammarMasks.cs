using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Matching;

namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>Which tokens of a vocabulary may come next in a grammar, and perhaps a few more. To be used under the grammar's lock.</summary>
internal sealed class GrammarMasks
{
    // 20 KB each with a vocabulary of 150,000.
    private const int MostKept = 128;

    private readonly int _size;
    private readonly PushdownAutomaton _automaton;
    private readonly TrieMasks[] _tries;
    private readonly Dictionary<Configuration, TokenMask> _masks = [];
    private readonly Queue<Configuration> _order = [];

    public GrammarMasks(PushdownAutomaton automaton, TokenVocabulary vocabulary)
    {
        (_size, _automaton) = (vocabulary.Size, automaton);
        _tries = [.. vocabulary.Tries.Select(trie => new TrieMasks(trie, automaton, vocabulary.Size))];
    }

    /// <summary>The tokens that may come next; not to be changed.</summary>
    public TokenMask Of(Configuration configuration)
    {
        if (!_masks.TryGetValue(configuration, out var mask))
        {
            _masks[configuration] = mask = Make(configuration, isExact: false);
            _order.Enqueue(configuration);
            if (_order.Count > MostKept)
            {
                _masks.Remove(_order.Dequeue());
            }
        }

        return mask;
    }

    /// <summary>The tokens that may come next and no others, but for items of arrays that must differ; found anew each time.</summary>
    public TokenMask Exactly(Configuration configuration) => Make(configuration, isExact: true);

    private TokenMask Make(Configuration configuration, bool isExact)
    {
        var mask = new TokenMask(_size);
        foreach (var stack in configuration.Stacks)
        {
            foreach (var trie in _tries)
            {
                trie.AddTo(mask, stack, isExact);
            }

            AddTokens(mask, stack.Top);
        }

        return mask;
    }

    /// <summary>Adds tokens that stand for themselves.</summary>
    private void AddTokens(TokenMask mask, Expression top)
    {
        for (var token = 0; top.HasFirstTokens && token < _size; token++)
        {
            if (!top.AfterToken(token).IsNothing)
            {
                mask.Add(token);
            }
        }
    }
}

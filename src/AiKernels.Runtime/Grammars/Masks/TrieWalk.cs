using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Matching;

namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>Walks a tree of tokens and an expression together, and leaves out every branch that the expression doesn't take.</summary>
internal sealed class TrieWalk(PreorderTrie trie, PushdownAutomaton automaton)
{
    private readonly Configuration[] _path = new Configuration[trie.MostDepth + 1];
    private readonly List<int> _tokens = [];
    private readonly List<int> _ends = [];

    /// <summary>The tokens that were taken, until the next walk.</summary>
    public List<int> Tokens => _tokens;

    /// <summary>The nodes within tokens at which the expression may end, until the next walk.</summary>
    public List<int> Ends => _ends;

    /// <summary>Walks the branch below a node.</summary>
    /// <param name="expression">What has to be followed from there; nobody says what comes after it.</param>
    /// <param name="node">Where to begin.</param>
    public void Run(Expression expression, int node)
    {
        _tokens.Clear();
        _ends.Clear();
        var start = automaton.Start(expression);
        if (start.IsComplete)
        {
            _ends.Add(node);
        }

        if (!start.IsEnd)
        {
            Run(start, node);
        }
    }

    private void Run(Configuration start, int node)
    {
        var (bytes, depths, ends, tokens, path) = (trie.Bytes, trie.Depths, trie.Ends, trie.Tokens, _path);
        path[depths[node]] = start;
        var steps = 0;
        for (int i = node + 1, last = ends[node]; i < last;)
        {
            steps++;
            var depth = depths[i];
            var from = path[depth - 1];
            var next = from.Next?[bytes[i]] ?? automaton.After(from, bytes[i]);
            if (next.IsDead)
            {
                i = ends[i];
                continue;
            }

            if (tokens[i] != PreorderTrie.None)
            {
                Take(tokens[i]);
            }

            if (next.IsComplete && ends[i] > i + 1)
            {
                _ends.Add(i);
            }

            path[depth] = next;
            i = next.IsEnd ? ends[i] : i + 1;
        }

        automaton.Work.Spend(steps);
    }

    private void Take(int token)
    {
        for (; token != PreorderTrie.None; token = trie.Same(token))
        {
            _tokens.Add(token);
        }
    }
}

namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>
/// The bytes of tokens as a tree, so that what tokens have in common is looked at once. Nodes stand in the order of a walk,
/// and each knows where its branch ends: leaving a branch out is a jump.
/// </summary>
internal sealed class PreorderTrie
{
    /// <summary>Stands where no token ends.</summary>
    public const int None = -1;

    private readonly List<byte> _bytes = [0];
    private readonly List<int> _depths = [0], _ends = [0], _tokens = [None];
    private readonly Dictionary<int, int> _same = [];

    /// <summary>The tree of some tokens and their bytes, at least one each.</summary>
    public PreorderTrie(IEnumerable<(int Token, byte[] Bytes)> tokens)
    {
        (int Token, byte[] Bytes)[] sorted = [.. tokens];
        Array.Sort(sorted, (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes) is not 0 and var order ? order : a.Token.CompareTo(b.Token));
        List<int> path = [0];
        byte[] previous = [];
        foreach (var (token, bytes) in sorted)
        {
            var common = previous.AsSpan().CommonPrefixLength(bytes);
            Close(path, common);
            for (var depth = common; depth < bytes.Length; depth++)
            {
                path.Add(_bytes.Count);
                _bytes.Add(bytes[depth]);
                _depths.Add(depth + 1);
                _ends.Add(0);
                _tokens.Add(None);
            }

            Add(path[^1], token);
            previous = bytes;
        }

        Close(path, -1);
        MostDepth = _depths.Max();
        (Bytes, Depths, Ends, Tokens) = ([.. _bytes], [.. _depths], [.. _ends], [.. _tokens]);
    }

    /// <summary>The byte that leads to each node; the root's is none.</summary>
    public byte[] Bytes { get; }

    /// <summary>How many bytes lead to each node.</summary>
    public int[] Depths { get; }

    /// <summary>The node after each node's branch.</summary>
    public int[] Ends { get; }

    /// <summary>The token that ends at each node, or <see cref="None"/>.</summary>
    public int[] Tokens { get; }

    /// <summary>The length of the longest token.</summary>
    public int MostDepth { get; }

    /// <summary>Another token of the same bytes, or <see cref="None"/>.</summary>
    public int Same(int token) => _same.Count > 0 && _same.TryGetValue(token, out var same) ? same : None;

    private void Add(int node, int token)
    {
        if (_tokens[node] != None)
        {
            _same[token] = _tokens[node];
        }

        _tokens[node] = token;
    }

    /// <summary>Ends the branches below a depth.</summary>
    private void Close(List<int> path, int depth)
    {
        while (path.Count > depth + 1)
        {
            _ends[path[^1]] = _bytes.Count;
            path.RemoveAt(path.Count - 1);
        }
    }
}

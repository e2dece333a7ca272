namespace AiKernels.Runtime.Text;

/// <summary>Finds all tokens that a text begins with, shortest first.</summary>
/// <remarks>
/// A node's children stand side by side, sorted by their byte; the first node is the root. There are at most as many nodes as
/// the tokens have bytes.
/// </remarks>
internal sealed class TokenTrie
{
    private readonly List<Node> _nodes = [];
    private readonly int[] _first = new int[256];

    /// <param name="texts">What tokens spell.</param>
    /// <param name="tokens">The tokens to find. Of equal texts the first counts.</param>
    public TokenTrie(Utf8Texts texts, IEnumerable<int> tokens)
    {
        var sorted = tokens.Where(token => texts[token].Length != 0).ToArray();
        Array.Sort(sorted, (a, b) => texts[a].SequenceCompareTo(texts[b]) is not 0 and var order ? order : a - b);

        // Breadth first, so that the children of each node are neighbours. A range of the sorted tokens agrees up to a depth.
        Queue<(int Node, int From, int To, int Depth)> open = new([(0, 0, sorted.Length, 0)]);
        _nodes.Add(new Node(0, -1, 0, 0));
        while (open.TryDequeue(out var range))
        {
            var (from, first) = (range.From, _nodes.Count);
            while (from < range.To && texts[sorted[from]].Length == range.Depth)
            {
                var node = _nodes[range.Node];
                _nodes[range.Node] = node with { Token = node.Token < 0 ? sorted[from] : node.Token };
                from++;
            }

            while (from < range.To)
            {
                var (label, to) = (texts[sorted[from]][range.Depth], from + 1);
                while (to < range.To && texts[sorted[to]][range.Depth] == label)
                {
                    to++;
                }

                open.Enqueue((_nodes.Count, from, to, range.Depth + 1));
                _nodes.Add(new Node(label, -1, 0, 0));
                from = to;
            }

            _nodes[range.Node] = _nodes[range.Node] with { First = first, Count = (short)(_nodes.Count - first) };
        }

        for (var child = 0; child < _nodes[0].Count; child++)
        {
            _first[_nodes[_nodes[0].First + child].Label] = _nodes[0].First + child;
        }
    }

    /// <summary>Goes one byte deeper.</summary>
    /// <param name="node">The node to go from, 0 at first; becomes the one behind the byte.</param>
    /// <param name="value">The byte.</param>
    /// <param name="token">The token that ends there, or -1.</param>
    /// <returns>Whether any token goes on like this.</returns>
    public bool TryStep(ref int node, byte value, out int token)
    {
        node = node == 0 ? _first[value] : Child(_nodes[node], value);
        token = node == 0 ? -1 : _nodes[node].Token;
        return node != 0;
    }

    /// <summary>The longest token that a text begins with, or -1.</summary>
    public int Longest(ReadOnlySpan<byte> text, out int length)
    {
        (length, var node, var longest) = (0, 0, -1);
        for (var i = 0; i < text.Length && TryStep(ref node, text[i], out var token); i++)
        {
            (longest, length) = token >= 0 ? (token, i + 1) : (longest, length);
        }

        return longest;
    }

    private int Child(Node parent, byte value)
    {
        var (first, end) = (parent.First, parent.First + parent.Count);
        while (end - first > 1)
        {
            var middle = first + ((end - first) / 2);
            (first, end) = _nodes[middle].Label <= value ? (middle, end) : (first, middle);
        }

        return first < end && _nodes[first].Label == value ? first : 0;
    }

    private readonly record struct Node(byte Label, int Token, int First, short Count);
}

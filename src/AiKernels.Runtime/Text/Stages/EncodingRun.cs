using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>The tokens of one text as they are found, and the working memory of the stages.</summary>
internal sealed class EncodingRun
{
    // What a long text needed is not kept for the next one.
    private const int MostKept = 1 << 18;

    private readonly Stack<Utf8Buffer> _buffers = [];
    private int[] _tokens = new int[256];
    private int[] _symbols = new int[64];

    /// <summary>The text as it was given.</summary>
    public Utf8Buffer Text { get; } = new();

    /// <summary>Whether the names of control tokens stand for them.</summary>
    public bool ParseSpecial { get; set; }

    /// <summary>Whether something in <see cref="Text"/> that isn't trusted may spell the name of a control token, as it is or normalized.</summary>
    public bool IsGuarded { get; set; }

    /// <summary>How many bytes the normalizer has made of <see cref="Text"/> so far.</summary>
    public long Normalized { get; set; }

    /// <summary>Places in <see cref="Text"/>, ascending, at which no control token begins, whatever is spelt there.</summary>
    public List<int> Barred { get; } = [];

    /// <summary>How many tokens there are.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens found so far.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>Joins symbols.</summary>
    public PairMerger Merger { get; } = new();

    /// <summary>Working memory of a search for the best path.</summary>
    public (int Start, int Token, double Score)[] Paths { get; set; } = [];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int token)
    {
        if (Count == _tokens.Length)
        {
            Array.Resize(ref _tokens, (int)Math.Min(2L * _tokens.Length, Array.MaxLength));
        }

        _tokens[Count++] = token;
    }

    public void Add(ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
        {
            Add(token);
        }
    }

    /// <summary>Takes back all tokens but the first ones.</summary>
    public void Truncate(int count) => Count = count;

    /// <summary>Turns the tokens from a place on round.</summary>
    public void Reverse(int from) => _tokens.AsSpan(from, Count - from).Reverse();

    /// <summary>Room for so many symbols, whose contents the next caller overwrites.</summary>
    public Span<int> Symbols(int count)
    {
        if (_symbols.Length < count)
        {
            _symbols = new int[Math.Max(count, 2 * _symbols.Length)];
        }

        return _symbols;
    }

    /// <summary>An empty buffer, to be given back.</summary>
    public Utf8Buffer Rent() => _buffers.TryPop(out var buffer) ? buffer : new Utf8Buffer();

    public void Return(Utf8Buffer buffer)
    {
        buffer.Clear();
        _buffers.Push(buffer);
    }

    /// <summary>Makes ready for the next text.</summary>
    public void Clear()
    {
        (Count, Normalized, IsGuarded) = (0, 0, false);
        Text.Clear();
        Barred.Clear();
        Merger.Trim();
        _tokens = _tokens.Length > MostKept ? new int[256] : _tokens;
        _symbols = _symbols.Length > MostKept ? new int[64] : _symbols;
        Paths = Paths.Length > MostKept ? [] : Paths;
    }
}

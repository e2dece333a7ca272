using System.Collections;

namespace AiKernels.Runtime.Text;

/// <summary>Finds the token that spells given bytes.</summary>
internal sealed class TokenIndex : IEnumerable<KeyValuePair<byte[], int>>
{
    private readonly Dictionary<byte[], int> _tokens;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    public TokenIndex(int capacity)
    {
        _tokens = new(capacity, Utf8Comparer.Instance);
        _bySpan = _tokens.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public int Count => _tokens.Count;

    /// <returns>False if another token spells these bytes; that one is kept.</returns>
    public bool TryAdd(byte[] text, int token) => _tokens.TryAdd(text, token);

    public bool TryGet(ReadOnlySpan<byte> text, out int token) => _bySpan.TryGetValue(text, out token);

    public IEnumerator<KeyValuePair<byte[], int>> GetEnumerator() => _tokens.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

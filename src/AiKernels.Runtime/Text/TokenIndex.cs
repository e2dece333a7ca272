using System.Collections;

namespace AiKernels.Runtime.Text;

/// <summary>Finds the token that spells given bytes.</summary>
internal sealed class TokenIndex : IEnumerable<KeyValuePair<byte[], int>>
{
    private readonly Dictionary<byte[], int> tokens;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> bySpan;

    public TokenIndex(int capacity)
    {
        tokens = new(capacity, Utf8Comparer.Instance);
        bySpan = tokens.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public int Count => tokens.Count;

    /// <returns>False if another token spells these bytes; that one is kept.</returns>
    public bool TryAdd(byte[] text, int token) => tokens.TryAdd(text, token);

    public bool TryGet(ReadOnlySpan<byte> text, out int token) => bySpan.TryGetValue(text, out token);

    public IEnumerator<KeyValuePair<byte[], int>> GetEnumerator() => tokens.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

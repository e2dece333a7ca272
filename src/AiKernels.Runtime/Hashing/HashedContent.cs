namespace AiKernels.Runtime.Hashing;

/// <summary>Values one after the other, and the hash of them.</summary>
internal sealed class HashedContent : IDisposable
{
    private readonly MemoryStream _bytes = new();

    public HashedContent() => Writer = new BinaryWriter(_bytes);

    public BinaryWriter Writer { get; }

    public ulong Hash => ContentHash.Of(_bytes.GetBuffer().AsSpan(0, (int)_bytes.Length));

    public void Dispose() => Writer.Dispose();
}

using System.Buffers.Binary;
using AiKernels.Runtime.Hashing;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// Content in the open. The tag is a hash of preamble, place and bytes: it tells accidents, and nobody's intent.
/// </summary>
/// <param name="preamble">The file's first bytes.</param>
internal sealed class HashSeal(ReadOnlySpan<byte> preamble) : ChunkSeal
{
    private readonly ulong _preamble = ContentHash.Of(preamble);

    public override int TagBytes => sizeof(ulong);

    public override bool IsSecret => false;

    public override void Close(long chunk, bool isLast, Span<byte> bytes, Span<byte> tag) =>
        BinaryPrimitives.WriteUInt64LittleEndian(tag, Hash(chunk, isLast, bytes));

    public override bool TryOpen(long chunk, bool isLast, Span<byte> bytes, ReadOnlySpan<byte> tag) =>
        BinaryPrimitives.ReadUInt64LittleEndian(tag) == Hash(chunk, isLast, bytes);

    public override void Dispose()
    {
    }

    private ulong Hash(long chunk, bool isLast, ReadOnlySpan<byte> bytes)
    {
        using var content = new HashedContent();
        content.Writer.Write(_preamble);
        content.Writer.Write(chunk);
        content.Writer.Write(isLast);
        content.Writer.Write(ContentHash.Of(bytes));
        return content.Hash;
    }
}

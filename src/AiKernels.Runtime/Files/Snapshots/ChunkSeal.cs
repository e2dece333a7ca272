namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// What makes a chunk show whether it, its place or the file's preamble was changed. Thread-safe.
/// </summary>
internal abstract class ChunkSeal : IDisposable
{
    /// <summary>Bytes that a chunk's seal takes.</summary>
    public abstract int TagBytes { get; }

    /// <summary>Whether what was sealed is to be left nowhere in memory.</summary>
    public abstract bool IsSecret { get; }

    /// <summary>Turns content into what the file has of it, in place, and makes its tag.</summary>
    /// <param name="chunk">The chunk's place.</param>
    /// <param name="isLast">Whether no other follows.</param>
    /// <param name="bytes">The content.</param>
    /// <param name="tag">Receives the tag.</param>
    public abstract void Close(long chunk, bool isLast, Span<byte> bytes, Span<byte> tag);

    /// <summary>Turns what the file has back into content, in place, unless anything was changed.</summary>
    public abstract bool TryOpen(long chunk, bool isLast, Span<byte> bytes, ReadOnlySpan<byte> tag);

    /// <summary>Forgets what it seals with.</summary>
    public abstract void Dispose();
}

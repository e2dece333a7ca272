namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// Where content lies in a file: behind the preamble in chunks of 1 MB, the last one shorter, each followed by its seal's tag.
/// </summary>
/// <param name="ContentLength">Bytes of all chunks, without tags; at least one.</param>
/// <param name="TagBytes">Bytes of a tag.</param>
internal readonly record struct ChunkLayout(long ContentLength, int TagBytes)
{
    /// <summary>Bytes of a whole chunk.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>How many chunks there are.</summary>
    public long Chunks => ((ContentLength - 1) / ChunkBytes) + 1;

    /// <summary>Bytes of the file.</summary>
    public long FileLength => checked(SnapshotPreamble.Bytes + ContentLength + (Chunks * TagBytes));

    /// <summary>The layout of a file of so many bytes; null where no content makes one.</summary>
    public static ChunkLayout? OfFile(long fileLength, int tagBytes)
    {
        var sealedLength = fileLength - SnapshotPreamble.Bytes;
        var layout = new ChunkLayout(sealedLength - (((sealedLength - 1) / (ChunkBytes + tagBytes)) + 1) * tagBytes, tagBytes);
        return layout.ContentLength > 0 && layout.FileLength == fileLength ? layout : null;
    }

    /// <summary>Where a chunk begins in the file.</summary>
    public long Offset(long chunk) => SnapshotPreamble.Bytes + (chunk * (ChunkBytes + TagBytes));

    /// <summary>Bytes of a chunk, without its tag.</summary>
    public int Length(long chunk) => (int)Math.Min(ChunkBytes, ContentLength - (chunk * ChunkBytes));

    /// <summary>Whether a chunk is the last one.</summary>
    public bool IsLast(long chunk) => chunk == Chunks - 1;
}

using System.Buffers;
using System.Runtime.ExceptionServices;
using AiKernels.Runtime.Hashing;
using AiKernels.Runtime.Models;
using Microsoft.Win32.SafeHandles;

namespace AiKernels.Runtime.Files.Packed;

/// <summary>
/// Writes packed weights to a <see cref="FinishedFile"/>: whoever reads meanwhile finds the old one or none.
/// </summary>
/// <remarks>
/// Nothing is flushed to the disk: after a power cut the file may hold anything under its name, which its hashes tell.
/// </remarks>
internal static class PackedFileWriter
{
    /// <summary>Writes all weights.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Who may read and write it, where files have modes; less what the process takes from every file's.</param>
    /// <param name="key">What the weights depend on.</param>
    /// <param name="backend">Where they are.</param>
    /// <param name="weights">All of them, in the order in which they will lie.</param>
    /// <param name="cancellation">Looked at between pieces.</param>
    /// <exception cref="NotSupportedException">They are too many, or the backend's can't be read back.</exception>
    /// <exception cref="IOException">The file can't be written, or there is no room for it. Nothing stays behind.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="OperationCanceledException">Writing was cancelled. Nothing stays behind.</exception>
    public static void Write(
        string path,
        UnixFileMode? mode,
        PackedKey key,
        IBackend backend,
        IReadOnlyList<(StoredTensor Tensor, PackedWeight Weight)> weights,
        CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var (entries, end) = (new List<PackedEntry>(), 0L);
        foreach (var (tensor, (weight, hash)) in weights)
        {
            entries.Add(new PackedEntry(tensor, end, weight.ByteLength, hash));
            end = PackedHeader.AlignUp(end + weight.ByteLength, PackedHeader.Alignment);
        }

        // The header's length is known before its hashes are.
        var header = new PackedHeader(entries, PackedHeader.RoomForHashes(end), end);
        var payloadStart = (long)header.ToBytes(key).Length;

        using var file = new FinishedFile(path, mode, payloadStart + end);
        WritePieces(file.Stream.SafeFileHandle, payloadStart, header, backend, weights, cancellation);
        RandomAccess.Write(file.Stream.SafeFileHandle, header.ToBytes(key), 0);
        file.Complete();
    }

    /// <summary>Writes all pieces, and their hashes into the header.</summary>
    private static void WritePieces(
        SafeFileHandle file,
        long payloadStart,
        PackedHeader header,
        IBackend backend,
        IReadOnlyList<(StoredTensor Tensor, PackedWeight Weight)> weights,
        CancellationToken cancellation)
    {
        try
        {
            Parallel.For(0, header.PieceHashes.Length, new ParallelOptions { CancellationToken = cancellation }, piece =>
                header.PieceHashes[piece] = WritePiece(file, payloadStart, (long)piece * PackedHeader.PieceBytes, header, backend, weights));
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    /// <summary>Writes one piece, gathered from the weights that reach into it, and gives its hash.</summary>
    private static ulong WritePiece(
        SafeFileHandle file,
        long payloadStart,
        long start,
        PackedHeader header,
        IBackend backend,
        IReadOnlyList<(StoredTensor Tensor, PackedWeight Weight)> weights)
    {
        var length = (int)Math.Min(PackedHeader.PieceBytes, header.PayloadLength - start);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        var piece = buffer.AsSpan(0, length);
        piece.Clear(); // For the gaps of alignment.
        for (var i = 0; i < weights.Count; i++)
        {
            var entry = header.Entries[i];
            var (from, to) = (Math.Max(start, entry.Offset), Math.Min(start + length, entry.Offset + entry.Length));
            if (from < to)
            {
                backend.ReadPacked(weights[i].Weight.Weight, from - entry.Offset, piece.Slice((int)(from - start), (int)(to - from)));
            }
        }

        RandomAccess.Write(file, piece, payloadStart + start);
        var hash = ContentHash.Of(piece);
        ArrayPool<byte>.Shared.Return(buffer);
        return hash;
    }
}

using System.IO.MemoryMappedFiles;
using AiKernels.Runtime.Hashing;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Files.Packed;

/// <summary>Packed weights in a file, checked byte by byte and mapped for reading.</summary>
/// <remarks>
/// Weights that were adopted keep the mapping alive after the file is disposed. Whoever shortens or overwrites the file
/// in place meanwhile takes the bytes away under them; this project's own writer never does, it replaces files whole.
/// </remarks>
internal sealed unsafe class PackedFile : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _payloadStart;
    private readonly PackedHeader _header;
    private readonly Dictionary<string, PackedEntry> _byName;

    private PackedFile(MemoryMappedViewAccessor view, PackedHeader header, long payloadStart)
    {
        _view = view;
        _header = header;
        _payloadStart = payloadStart;
        _byName = [];
        foreach (var entry in header.Entries)
        {
            _byName[entry.Tensor.Name] = entry;
        }
    }

    /// <summary>Opens a file, maps it and compares every byte with its hash, on all cores.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="key">What it has to hold.</param>
    /// <param name="cancellation">Looked at between pieces.</param>
    /// <exception cref="InvalidDataException">It holds something else, or is damaged; the message goes on from its name.</exception>
    /// <exception cref="IOException">It is missing or can't be read or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="OperationCanceledException">The check was cancelled.</exception>
    public static PackedFile Open(string path, PackedKey key, CancellationToken cancellation)
    {
        var target = RegularFile.Find(path, out var isEmpty);
        if (isEmpty)
        {
            throw new InvalidDataException("is empty");
        }

        using var handle = File.OpenHandle(target, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var fileLength = RandomAccess.GetLength(handle);
        var start = new byte[PackedHeader.StartBytes];
        var read = RandomAccess.Read(handle, start, 0);
        var headerBytes = new byte[PackedHeader.Length(start.AsSpan(0, read), fileLength)];
        if (RandomAccess.Read(handle, headerBytes, 0) < headerBytes.Length)
        {
            throw new InvalidDataException("ends within its header");
        }

        var header = PackedHeader.Read(headerBytes, key, fileLength);
        using var mapping = MemoryMappedFile.CreateFromFile(
            handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var file = new PackedFile(
            mapping.CreateViewAccessor(0, fileLength, MemoryMappedFileAccess.Read), header, headerBytes.Length);
        try
        {
            file.CheckPieces(cancellation);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The weight of a tensor that a layer reads, from the bytes where they are; null where the file doesn't have it.</summary>
    public PackedWeight? Adopt(IBackend backend, StoredTensor tensor, int layer)
    {
        if (!_byName.TryGetValue(tensor.Name, out var entry) || entry.Tensor != tensor)
        {
            return null;
        }

        var weight = backend.AdoptWeight(
            tensor.Type,
            tensor.Rows,
            tensor.Columns,
            _view.SafeMemoryMappedViewHandle,
            _payloadStart + entry.Offset,
            entry.Length,
            layer);
        return weight is null ? null : new PackedWeight(weight, entry.SourceHash);
    }

    /// <summary>Gives the mapping up; it stays for the weights that were adopted from it.</summary>
    public void Dispose() => _view.Dispose();

    private void CheckPieces(CancellationToken cancellation)
    {
        byte* bytes = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref bytes);
        try
        {
            var payload = bytes + _payloadStart;
            var damaged = -1;
            Parallel.For(0, _header.PieceHashes.Length, new ParallelOptions { CancellationToken = cancellation }, (piece, loop) =>
            {
                var offset = (long)piece * PackedHeader.PieceBytes;
                var length = (int)Math.Min(PackedHeader.PieceBytes, _header.PayloadLength - offset);
                if (ContentHash.Of(new ReadOnlySpan<byte>(payload + offset, length)) != _header.PieceHashes[piece])
                {
                    Volatile.Write(ref damaged, piece);
                    loop.Stop();
                }
            });
            if (damaged >= 0)
            {
                throw new InvalidDataException($"is damaged between megabytes {2 * damaged} and {2 * (damaged + 1)} of its weights");
            }
        }
        finally
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }
}

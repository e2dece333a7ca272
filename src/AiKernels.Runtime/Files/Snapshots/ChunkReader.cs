using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>Reads content out of its chunks, each of which is opened anew: what changed since the last time shows, too.</summary>
/// <param name="file">The file.</param>
/// <param name="seal">What opens the chunks.</param>
/// <param name="layout">Where they are.</param>
/// <param name="fileName">The file's name, for messages.</param>
internal sealed class ChunkReader(SafeFileHandle file, ChunkSeal seal, ChunkLayout layout, string fileName) : IDisposable
{
    private const int None = -1;

    private readonly byte[] _buffer = new byte[layout.Length(0) + layout.TagBytes];
    private long _chunk = None; // The one in the buffer.

    /// <summary>Reads content.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="destination">Receives it.</param>
    /// <exception cref="InvalidDataException">A chunk is damaged, or the key is another.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            Load(offset / ChunkLayout.ChunkBytes);
            var start = (int)(offset % ChunkLayout.ChunkBytes);
            var taken = Math.Min(layout.Length(_chunk) - start, destination.Length);
            _buffer.AsSpan(start, taken).CopyTo(destination);
            offset += taken;
            destination = destination[taken..];
        }
    }

    /// <summary>Opens a chunk, unless it is open.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or the key is another.</exception>
    public void Load(long chunk)
    {
        if (_chunk == chunk)
        {
            return;
        }

        _chunk = None;
        var length = layout.Length(chunk);
        if (!TryRead(layout.Offset(chunk), length + layout.TagBytes)
            || !seal.TryOpen(chunk, layout.IsLast(chunk), _buffer.AsSpan(0, length), _buffer.AsSpan(length, layout.TagBytes)))
        {
            throw Damaged(layout.Offset(chunk), fileName);
        }

        _chunk = chunk;
    }

    /// <summary>The exception for what can't be opened: which of the two it is, nobody can tell.</summary>
    public static InvalidDataException Damaged(long offset, string fileName) =>
        new($"{Printable.Text(fileName)}: the snapshot is damaged, or the key is another (the chunk at byte {offset}).");

    public void Dispose()
    {
        if (seal.IsSecret)
        {
            CryptographicOperations.ZeroMemory(_buffer);
        }
    }

    private bool TryRead(long offset, int length)
    {
        for (var have = 0; have < length;)
        {
            var read = RandomAccess.Read(file, _buffer.AsSpan(have, length - have), offset + have);
            if (read == 0)
            {
                return false;
            }

            have += read;
        }

        return true;
    }
}

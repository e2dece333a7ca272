using System.Security.Cryptography;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>Writes content one chunk after the other, each as soon as it is full.</summary>
/// <param name="stream">Where chunks and tags go.</param>
/// <param name="seal">What seals them.</param>
/// <param name="layout">How much will be written.</param>
internal sealed class ChunkWriter(Stream stream, ChunkSeal seal, ChunkLayout layout) : IDisposable
{
    private readonly byte[] _buffer = new byte[layout.Length(0) + layout.TagBytes];
    private long _chunk;
    private int _filled;

    /// <summary>Writes some of it.</summary>
    /// <exception cref="InvalidOperationException">It is more than the layout has room for.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            if (_chunk == layout.Chunks)
            {
                throw new InvalidOperationException($"there are more than {layout.ContentLength} bytes to write");
            }

            var length = layout.Length(_chunk);
            var taken = Math.Min(length - _filled, content.Length);
            content[..taken].CopyTo(_buffer.AsSpan(_filled));
            _filled += taken;
            content = content[taken..];
            if (_filled == length)
            {
                seal.Close(_chunk, layout.IsLast(_chunk), _buffer.AsSpan(0, length), _buffer.AsSpan(length, layout.TagBytes));
                stream.Write(_buffer.AsSpan(0, length + layout.TagBytes));
                (_chunk, _filled) = (_chunk + 1, 0);
            }
        }
    }

    /// <summary>Checks that all was written.</summary>
    /// <exception cref="InvalidOperationException">It was less.</exception>
    public void Complete()
    {
        if (_chunk < layout.Chunks)
        {
            throw new InvalidOperationException($"there are {layout.ContentLength} bytes to write");
        }
    }

    public void Dispose()
    {
        if (seal.IsSecret)
        {
            CryptographicOperations.ZeroMemory(_buffer);
        }
    }
}

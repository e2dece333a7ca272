using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// A conversation in a file: its tokens, and images of its pages of keys and values. It needs no model to be written or
/// read, and no more memory than its header, a page and, on each core, a megabyte.
/// </summary>
/// <remarks>
/// <para>Every bit of a file is part of a checksum, and what is opened was checked to its last byte; so a file that was
/// changed, cut off or lengthened is an <see cref="InvalidDataException"/>. Without a key this tells accidents alone. With
/// one, nobody who lacks it can read the file, or change it unnoticed; they see its length, and can put an older file of
/// the same key in its place. Only its owner may read and write the file.</para>
/// <para>One thread at a time may use an open file. On Windows a file that is open can't be replaced.</para>
/// </remarks>
public sealed class SnapshotFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly ChunkSeal _seal;
    private readonly ChunkReader _reader;
    private readonly long _firstImage;

    private SnapshotFile(SafeFileHandle file, ChunkSeal seal, ChunkLayout layout, string fileName)
    {
        (_file, _seal) = (file, seal);
        _reader = new ChunkReader(file, seal, layout, fileName);
        try
        {
            var start = new byte[Math.Min(SnapshotFields.StartBytes, layout.ContentLength)];
            _reader.Read(0, start);
            var header = new byte[SnapshotFields.Length(start, layout.ContentLength, fileName)];
            _reader.Read(0, header);
            Header = SnapshotFields.Read(header, layout.ContentLength, fileName);
            _firstImage = header.Length;
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    /// <summary>Fills an image of a page, see <see cref="IBackend.ReadPage"/>.</summary>
    /// <param name="image">Which one, from 0 on.</param>
    /// <param name="destination">Receives exactly <see cref="SnapshotHeader.ImageBytes"/>.</param>
    public delegate void ImageSource(int image, Span<byte> destination);

    /// <summary>What it holds beside the images.</summary>
    public SnapshotHeader Header { get; }

    /// <summary>Writes a snapshot, which replaces an older one of its name when it is complete and on the disk.</summary>
    /// <param name="path">The file. What a killed writer left beside it is cleared away, a minute later at the earliest.</param>
    /// <param name="header">What it holds.</param>
    /// <param name="images">Gives the images, asked for one after the other.</param>
    /// <param name="key">What to encrypt it with; null writes it in the open.</param>
    /// <param name="cancellation">Looked at before each image.</param>
    /// <exception cref="ArgumentException">The header contradicts itself.</exception>
    /// <exception cref="PlatformNotSupportedException">It is to be encrypted, and the system has no AES-GCM.</exception>
    /// <exception cref="IOException">The file can't be written. An older one stays.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written. An older one stays.</exception>
    /// <exception cref="OperationCanceledException">Writing was cancelled. An older one stays.</exception>
    public static void Write(
        string path, SnapshotHeader header, ImageSource images, SnapshotKey? key = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(images);
        header.Validate();
        var fields = SnapshotFields.ToBytes(header);
        var (preamble, made) = SnapshotPreamble.Create(key);
        using var seal = made;
        var layout = new ChunkLayout(fields.Length + header.ImageOffset(header.Images), seal.TagBytes);
        using var file = new FinishedFile(path, UnixFileMode.UserRead | UnixFileMode.UserWrite, layout.FileLength, isDurable: true);
        file.Stream.Write(preamble);
        using (var writer = new ChunkWriter(file.Stream, seal, layout))
        {
            writer.Write(fields);
            WriteImages(writer, header, images, seal.IsSecret, cancellation);
            writer.Complete();
        }

        file.Complete();
    }

    /// <summary>Opens a snapshot and checks all of it, on all cores.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">What it is encrypted with; null for a file in the open, and no other.</param>
    /// <param name="cancellation">Looked at between megabytes.</param>
    /// <exception cref="InvalidDataException">
    /// It is no snapshot of this version, it is damaged or the key is another, it is encrypted and there is no key, or it is
    /// not where there is one; the message says which.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">It is encrypted, and the system has no AES-GCM.</exception>
    /// <exception cref="IOException">It is missing or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="OperationCanceledException">The check was cancelled.</exception>
    public static SnapshotFile Open(string path, SnapshotKey? key = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (target, fileName) = (RegularFile.Find(path, out var isEmpty), Path.GetFileName(path));
        if (isEmpty)
        {
            throw new InvalidDataException($"{Printable.Text(fileName)}: magic at byte 0 is missing; the file is empty.");
        }

        SafeFileHandle? file = null;
        ChunkSeal? seal = null;
        try
        {
            file = File.OpenHandle(target, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var preamble = new byte[SnapshotPreamble.Bytes];
            var read = RandomAccess.Read(file, preamble, 0);
            seal = SnapshotPreamble.Read(preamble.AsSpan(0, read), key, fileName);
            var layout = ChunkLayout.OfFile(RandomAccess.GetLength(file), seal.TagBytes)
                ?? throw ChunkReader.Damaged(SnapshotPreamble.Bytes, fileName);
            CheckChunks(file, seal, layout, fileName, cancellation);
            return new SnapshotFile(file, seal, layout, fileName);
        }
        catch
        {
            seal?.Dispose();
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Reads an image.</summary>
    /// <param name="image">Which one, from 0 on; one after the other is fastest.</param>
    /// <param name="destination">Receives exactly <see cref="SnapshotHeader.ImageBytes"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <exception cref="ArgumentException">The image has another length.</exception>
    /// <exception cref="InvalidDataException">The file was changed after it was opened.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public void ReadImage(int image, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
        var length = Header.ImageBytes(image);
        if (destination.Length != length)
        {
            throw new ArgumentException($"image {image} has {length} bytes, not {destination.Length}", nameof(destination));
        }

        _reader.Read(_firstImage + Header.ImageOffset(image), destination);
    }

    /// <summary>Closes the file, and forgets its key.</summary>
    public void Dispose()
    {
        _reader.Dispose();
        _seal.Dispose();
        _file.Dispose();
    }

    private static void WriteImages(
        ChunkWriter writer, SnapshotHeader header, ImageSource images, bool isSecret, CancellationToken cancellation)
    {
        var buffer = new byte[header.Images > 0 ? header.ImageBytes(0) : 0];
        try
        {
            for (var image = 0; image < header.Images; image++)
            {
                cancellation.ThrowIfCancellationRequested();
                var bytes = buffer.AsSpan(0, header.ImageBytes(image));
                images(image, bytes);
                writer.Write(bytes);
            }
        }
        finally
        {
            if (isSecret)
            {
                CryptographicOperations.ZeroMemory(buffer);
            }
        }
    }

    private static void CheckChunks(
        SafeFileHandle file, ChunkSeal seal, ChunkLayout layout, string fileName, CancellationToken cancellation)
    {
        try
        {
            Parallel.For(
                0L,
                layout.Chunks,
                new ParallelOptions { CancellationToken = cancellation },
                () => new ChunkReader(file, seal, layout, fileName),
                (chunk, _, reader) =>
                {
                    reader.Load(chunk);
                    return reader;
                },
                reader => reader.Dispose());
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }
}

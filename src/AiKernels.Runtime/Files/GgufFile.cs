using System.Diagnostics.CodeAnalysis;
using System.IO.MemoryMappedFiles;
using AiKernels.Runtime.Files.Packed;
using AiKernels.Runtime.Hashing;
using Microsoft.Win32.SafeHandles;

namespace AiKernels.Runtime.Files;

/// <summary>A GGUF model file of version 2 or 3, memory-mapped.</summary>
/// <remarks>
/// <para>Opening reads and checks the header alone, in time and memory that the file's own size bounds. Metadata values
/// are read when asked for, tensor data through <see cref="Map(GgufTensor, long, int)"/>.</para>
/// <para>All members may be used from several threads at once. A file must not be shortened while it is open: bytes
/// that a mapping has lost end the process on most systems.</para>
/// <para>Source: ggml's <c>docs/gguf.md</c>.</para>
/// </remarks>
public sealed class GgufFile : IDisposable
{
    // ggml's own limit for a string or array. The largest vocabularies take some 20 MB.
    private const long MaximumHeaderBytes = 1 << 30;

    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile _mapping;
    private readonly GgufWindow _headerWindow;
    private readonly GgufHeader _header;
    private readonly Dictionary<string, GgufTensor> _tensorsByName;
    private readonly Lazy<ulong> _headerHash;

    private GgufFile(string path, SafeFileHandle handle)
    {
        Path = path;
        Length = RandomAccess.GetLength(handle);
        _handle = handle;
        _mapping = MemoryMappedFile.CreateFromFile(
            handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            _headerWindow = new(_mapping, 0, (int)Math.Min(Length, MaximumHeaderBytes));
            using var held = _headerWindow.Hold();
            var cursor = new GgufCursor(held.Bytes, FileName, Length);
            _header = GgufHeader.Read(ref cursor, Length);
        }
        catch
        {
            _headerWindow?.Dispose();
            _mapping.Dispose();
            throw;
        }

        Metadata = new(_headerWindow, FileName, Length, _header);
        _tensorsByName = _header.Tensors.ToDictionary(tensor => tensor.Name);
        _headerHash = new(HashHeader);
    }

    /// <summary>The path that the file was opened by.</summary>
    public string Path { get; }

    /// <summary>The length of the file in bytes.</summary>
    public long Length { get; }

    /// <summary>The version of the format: 2 or 3.</summary>
    public int Version => (int)_header.Version;

    /// <summary>What tensor offsets are multiples of, in bytes: 32 unless the file says otherwise.</summary>
    public long Alignment => _header.Alignment;

    /// <summary>The metadata: keys and values that describe the model.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>All tensors, in the order of the file.</summary>
    public IReadOnlyList<GgufTensor> Tensors => _header.Tensors;

    /// <summary>By what this state of the file is recognised later on, without its tensors being read.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    internal SourceIdentity Identity =>
        new(Length, File.GetLastWriteTimeUtc(_handle).Ticks, SourceFingerprint.Of(HeaderHash, Tensors, _handle));

    /// <summary>The hash of everything but the tensors' data: metadata, with vocabulary and tokenizer, and tensor records.</summary>
    internal ulong HeaderHash => _headerHash.Value;

    private string FileName => System.IO.Path.GetFileName(Path);

    /// <summary>Opens a file and checks its header completely.</summary>
    /// <param name="path">The path of the file.</param>
    /// <exception cref="InvalidDataException">
    /// The path is no GGUF file of a known version, or a field of it lies; the message names the field and its offset.
    /// </exception>
    /// <exception cref="IOException">The file is missing or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var handle = File.OpenHandle(Target(path));
        try
        {
            return new(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The file that a path leads to, refused where it has no bytes to map.</summary>
    private static string Target(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidDataException($"{Printable.Text(path)}: this is a directory, not a GGUF file.");
        }

        var target = RegularFile.Find(path, out var isEmpty);
        return !isEmpty
            ? target
            : throw new InvalidDataException(
                $"{Printable.Text(System.IO.Path.GetFileName(path))}: magic at byte 0 is missing; the file is empty.");
    }

    /// <summary>Finds a tensor by its name.</summary>
    public bool TryGetTensor(string name, [NotNullWhen(true)] out GgufTensor? tensor) =>
        _tensorsByName.TryGetValue(name, out tensor);

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="InvalidDataException">The file has no such tensor; the message names it.</exception>
    public GgufTensor Tensor(string name) => TryGetTensor(name, out var tensor)
        ? tensor
        : throw new InvalidDataException($"{Printable.Text(FileName)}: tensor {Printable.Quote(name)} is missing " +
            $"from the tensor list at bytes {_header.MetadataEnd} to {_header.End}.");

    /// <summary>Maps all data of a tensor.</summary>
    /// <inheritdoc cref="Map(GgufTensor, long, int)"/>
    public GgufWindow Map(GgufTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Map(tensor, 0, checked((int)tensor.ByteLength));
    }

    /// <summary>Maps some bytes of a tensor's data.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="offset">The first byte wanted, counted from the start of the tensor.</param>
    /// <param name="count">How many bytes are wanted, at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bytes are not all inside the tensor and the file.</exception>
    /// <exception cref="OverflowException">A whole tensor of more than 2 GB is asked for.</exception>
    /// <exception cref="InvalidDataException">The file became shorter after it was opened.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public GgufWindow Map(GgufTensor tensor, long offset, int count)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var end = Math.Min(tensor.ByteLength, Length - tensor.Offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, end - count);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (RandomAccess.GetLength(_handle) is var now && now < Length)
        {
            throw new InvalidDataException(
                $"{Printable.Text(FileName)}: the file had {Length} bytes when opened and now ends at byte {now}.");
        }

        return new(_mapping, tensor.Offset + offset, count);
    }

    private ulong HashHeader()
    {
        using var held = _headerWindow.Hold();
        return ContentHash.Of(held.Bytes[..(int)_header.End]);
    }

    /// <summary>Unmaps the header and closes the file; windows that are still open stay valid.</summary>
    public void Dispose()
    {
        _headerWindow.Dispose();
        _mapping.Dispose();
        _handle.Dispose();
    }
}

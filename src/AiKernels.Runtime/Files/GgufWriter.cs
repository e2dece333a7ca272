using System.Runtime.InteropServices;
using System.Text;
using AiKernels.Formats;

namespace AiKernels.Runtime.Files;

/// <summary>Fills one row of a tensor; rows are asked for in order, each exactly once.</summary>
/// <param name="row">The index of the row.</param>
/// <param name="destination">The row's bytes, to be filled completely.</param>
public delegate void GgufRowWriter(long row, Span<byte> destination);

/// <summary>Makes GGUF files of version 3, little endian: add metadata and tensors, then write.</summary>
/// <remarks>
/// Only the metadata and the tensors given as bytes are held in memory. The instance is not thread-safe.
/// Source: ggml's <c>docs/gguf.md</c>.
/// </remarks>
public sealed class GgufWriter
{
    private const uint Version = 3;

    private readonly OrderedDictionary<string, byte[]> _metadata = [];
    private readonly OrderedDictionary<string, (GgufTensor Tensor, GgufRowWriter WriteRow)> _tensors = [];
    private readonly long _alignment;
    private long _dataLength;

    /// <summary>Starts a file without metadata, save <c>general.alignment</c> where it is not the usual 32.</summary>
    /// <param name="alignment">What tensor offsets are multiples of, in bytes: a power of two of at least 8.</param>
    /// <exception cref="ArgumentException">The alignment is not allowed.</exception>
    public GgufWriter(int alignment = GgufHeader.DefaultAlignment)
    {
        if (!GgufHeader.IsAlignment(alignment))
        {
            throw new ArgumentException($"the alignment is {alignment}; {GgufHeader.AlignmentRule}", nameof(alignment));
        }

        _alignment = alignment;
        if (alignment != GgufHeader.DefaultAlignment)
        {
            Add(GgufHeader.AlignmentKey, (uint)alignment);
        }
    }

    /// <summary>Adds a string.</summary>
    /// <exception cref="ArgumentException">The key is taken, empty or too long.</exception>
    public void Add(string key, string value) =>
        AddValue(key, GgufValueType.String, writer => WriteString(writer, value));

    /// <summary>Adds a number or a boolean: any of the fixed-width types of <see cref="GgufValueType"/>.</summary>
    /// <exception cref="ArgumentException">The key is taken, empty or too long, or GGUF has no such type.</exception>
    public void Add<T>(string key, T value)
        where T : unmanaged =>
        AddValue(key, TypeOf<T>(), writer => writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value))));

    /// <summary>Adds an array of numbers or booleans.</summary>
    /// <exception cref="ArgumentException">The key is taken, empty or too long, or GGUF has no such type.</exception>
    public void AddArray<T>(string key, T[] values)
        where T : unmanaged =>
        AddArray(key, TypeOf<T>(), values.Length, writer => writer.Write(MemoryMarshal.AsBytes<T>(values)));

    /// <summary>Adds an array of strings.</summary>
    /// <exception cref="ArgumentException">The key is taken, empty or too long.</exception>
    public void AddArray(string key, IReadOnlyList<string> values) =>
        AddArray(key, [.. values.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>Adds an array of strings given as bytes, which need not be valid UTF-8.</summary>
    /// <exception cref="ArgumentException">The key is taken, empty or too long.</exception>
    public void AddArray(string key, IReadOnlyList<byte[]> values) =>
        AddArray(key, GgufValueType.String, values.Count, writer =>
        {
            foreach (var value in values)
            {
                WriteBytes(writer, value);
            }
        });

    /// <summary>Adds a tensor whose data is at hand.</summary>
    /// <param name="name">The name, of at most 64 bytes.</param>
    /// <param name="type">How the numbers are stored.</param>
    /// <param name="dimensions">One to four lengths, innermost first; the first is whole blocks of the type.</param>
    /// <param name="data">All rows, one after the other.</param>
    /// <exception cref="ArgumentException">The name is taken, or type, dimensions and data don't fit.</exception>
    public void AddTensor(string name, GgmlType type, IReadOnlyList<long> dimensions, ReadOnlyMemory<byte> data)
    {
        var tensor = Place(name, type, dimensions);
        if (tensor.ByteLength != data.Length)
        {
            throw new ArgumentException(
                $"tensor '{name}' takes {tensor.ByteLength} bytes, not {data.Length}", nameof(data));
        }

        AddTensor(tensor, (row, destination) =>
            data.Span.Slice((int)row * destination.Length, destination.Length).CopyTo(destination));
    }

    /// <summary>Adds a tensor whose rows are made when the file is written.</summary>
    /// <param name="name">The name, of at most 64 bytes.</param>
    /// <param name="type">How the numbers are stored.</param>
    /// <param name="dimensions">One to four lengths, innermost first; the first is whole blocks of the type.</param>
    /// <param name="writeRow">Called once for each row, in order, at each writing.</param>
    /// <exception cref="ArgumentException">The name is taken, or the lengths don't fit the type.</exception>
    public void AddTensor(string name, GgmlType type, IReadOnlyList<long> dimensions, GgufRowWriter writeRow) =>
        AddTensor(Place(name, type, dimensions), writeRow);

    /// <summary>Writes the file to a path, replacing what is there.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void WriteTo(string path)
    {
        using var stream = File.Create(path);
        WriteTo(stream);
    }

    /// <summary>Writes the file to a stream, which need not be seekable and stays open.</summary>
    /// <exception cref="IOException">The stream can't be written.</exception>
    public void WriteTo(Stream stream)
    {
        var header = Header();
        stream.Write(header);
        Pad(stream, header.Length);
        foreach (var (tensor, writeRow) in _tensors.Values)
        {
            var row = new byte[tensor.RowBytes];
            for (var i = 0L; i < tensor.Rows; i++)
            {
                writeRow(i, row);
                stream.Write(row);
            }

            Pad(stream, tensor.ByteLength);
        }
    }

    private byte[] Header()
    {
        var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write(GgufHeader.Magic);
        writer.Write(Version);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach (var (key, value) in _metadata)
        {
            WriteString(writer, key);
            writer.Write(value);
        }

        foreach (var (tensor, _) in _tensors.Values)
        {
            WriteString(writer, tensor.Name);
            writer.Write((uint)tensor.Dimensions.Count);
            foreach (var dimension in tensor.Dimensions)
            {
                writer.Write(dimension);
            }

            writer.Write((uint)tensor.Type);
            writer.Write(tensor.Offset);
        }

        return buffer.ToArray();
    }

    private void AddArray(string key, GgufValueType elementType, int count, Action<BinaryWriter> writeElements) =>
        AddValue(key, GgufValueType.Array, writer =>
        {
            writer.Write((uint)elementType);
            writer.Write((ulong)count);
            writeElements(writer);
        });

    private void AddValue(string key, GgufValueType type, Action<BinaryWriter> write)
    {
        CheckName(key, GgufHeader.MaximumKeyBytes);
        var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write((uint)type);
        write(writer);
        _metadata.Add(key, buffer.ToArray());
    }

    private void AddTensor(GgufTensor tensor, GgufRowWriter writeRow)
    {
        _tensors.Add(tensor.Name, (tensor, writeRow));
        _dataLength = checked(tensor.Offset + tensor.ByteLength);
    }

    /// <summary>A tensor behind those added before; its offset counts from the start of the tensor data.</summary>
    private GgufTensor Place(string name, GgmlType type, IReadOnlyList<long> dimensions)
    {
        CheckName(name, GgufHeader.MaximumNameBytes);
        long[] lengths = [.. dimensions];
        if (lengths.Length is < 1 or > GgufTensorRecords.MaximumDimensions || lengths.Any(length => length < 1))
        {
            throw new ArgumentException(
                $"tensor '{name}' is [{string.Join(", ", lengths)}]; one to four positive dimensions are needed");
        }

        if (type.RowBytes(lengths[0]) > Array.MaxLength ||
            GgufTensorRecords.ByteLength(type, lengths) is not { } byteLength)
        {
            throw new ArgumentException($"tensor '{name}' is too large: [{string.Join(", ", lengths)}]");
        }

        return new(name, type, lengths, _dataLength + Padding(_dataLength), byteLength);
    }

    private static void CheckName(string name, int maximumBytes)
    {
        if (Encoding.UTF8.GetByteCount(name) is var bytes && (bytes == 0 || bytes > maximumBytes))
        {
            throw new ArgumentException($"'{name}' takes {bytes} bytes; from 1 to {maximumBytes} are allowed");
        }
    }

    private static GgufValueType TypeOf<T>()
        where T : unmanaged => default(T) switch
        {
            byte => GgufValueType.UInt8,
            sbyte => GgufValueType.Int8,
            ushort => GgufValueType.UInt16,
            short => GgufValueType.Int16,
            uint => GgufValueType.UInt32,
            int => GgufValueType.Int32,
            float => GgufValueType.Float32,
            bool => GgufValueType.Boolean,
            ulong => GgufValueType.UInt64,
            long => GgufValueType.Int64,
            double => GgufValueType.Float64,
            _ => throw new ArgumentException($"GGUF has no type for {typeof(T)}"),
        };

    private static void WriteString(BinaryWriter writer, string text) =>
        WriteBytes(writer, Encoding.UTF8.GetBytes(text));

    private static void WriteBytes(BinaryWriter writer, byte[] bytes)
    {
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private int Padding(long length) => (int)(-length & (_alignment - 1));

    private void Pad(Stream stream, long length) => stream.Write(new byte[Padding(length)]);
}

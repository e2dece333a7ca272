using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Files;

/// <summary>
/// Walks the bytes of a GGUF header. Nothing else reads them: every length is compared here with what is left of the
/// file before it is used, and every complaint is worded here.
/// </summary>
/// <param name="bytes">The file from its first byte, so that positions are file offsets.</param>
/// <param name="fileName">The file's name, for messages.</param>
/// <param name="fileLength">The file's length, of which <paramref name="bytes"/> may be only the start.</param>
internal ref struct GgufCursor(ReadOnlySpan<byte> bytes, string fileName, long fileLength)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The offset of the next byte to be read.</summary>
    public int Position { get; set; }

    /// <summary>What the fields belong to, <c>metadata</c> or <c>tensor</c>; empty for the file itself.</summary>
    public string Owner { get; set; } = "";

    /// <summary>The key or name of the <see cref="Owner"/>.</summary>
    public string OwnerName { get; set; } = "";

    public readonly int Remaining => _bytes.Length - Position;

    /// <summary>The exception for a field that lies: one sentence with file, field, offset and reason.</summary>
    public readonly InvalidDataException Bad(string field, long offset, string problem)
    {
        var owner = Owner.Length == 0 ? "" : $" of {Owner} {Printable.Quote(OwnerName)}";
        return new($"{Printable.Text(fileName)}: {field}{owner} at byte {offset} {problem}.");
    }

    public ReadOnlySpan<byte> Take(long count, string field)
    {
        if (count > Remaining)
        {
            var end = _bytes.Length == fileLength ? "the file ends" : "a header has to end";
            throw Bad(field, Position, $"needs {count} bytes, but {end} at byte {_bytes.Length}");
        }

        var taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public uint UInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), field));

    public ulong UInt64(string field) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), field));

    /// <summary>Reads how many items follow, each of which takes at least <paramref name="minimumBytes"/>.</summary>
    public long Count(string field, int minimumBytes)
    {
        var offset = Position;
        var count = UInt64(field);
        if (count > (ulong)(Remaining / minimumBytes))
        {
            throw Bad(field, offset, $"is {count}, more than the {Remaining} bytes after it can hold");
        }

        return (long)count;
    }

    /// <summary>Reads a length and the bytes of a string, which need not be valid UTF-8.</summary>
    public ReadOnlySpan<byte> String(string field)
    {
        // The usual string first: vocabularies have hundreds of thousands, and words for a complaint cost more than they.
        var left = _bytes[Position..];
        if (left.Length >= sizeof(ulong)
            && BinaryPrimitives.ReadUInt64LittleEndian(left) is var length && length <= (ulong)(left.Length - sizeof(ulong)))
        {
            Position += sizeof(ulong) + (int)length;
            return left.Slice(sizeof(ulong), (int)length);
        }

        return Take(Count($"{field} length", 1), field);
    }

    /// <summary>Passes over strings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SkipStrings(long count)
    {
        for (var i = 0L; i < count; i++)
        {
            _ = String("string");
        }
    }

    /// <summary>Reads strings into a list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Strings(Utf8Texts texts, long count, string field)
    {
        for (var i = 0L; i < count; i++)
        {
            texts.Add(String(field));
        }
    }

    /// <summary>Reads a key or name, which is valid UTF-8 of at least one byte.</summary>
    public string Name(string field, int maximumBytes)
    {
        var offset = Position;
        var name = String(field);
        if (name.Length == 0 || name.Length > maximumBytes)
        {
            throw Bad($"{field} length", offset, $"is {name.Length}; from 1 to {maximumBytes} bytes are allowed");
        }

        return Utf8.IsValid(name)
            ? Encoding.UTF8.GetString(name)
            : throw Bad(field, offset + sizeof(ulong), "is not valid UTF-8");
    }

    public GgufValueType ValueType(string field)
    {
        var offset = Position;
        var type = (GgufValueType)UInt32(field);
        return Enum.IsDefined(type)
            ? type
            : throw Bad(field, offset, $"is {(uint)type}, which no GGUF version assigns");
    }

    public bool Boolean(string field)
    {
        var offset = Position;
        var value = Take(1, field)[0];
        return value <= 1 ? value == 1 : throw Bad(field, offset, $"is {value}; a boolean is 0 or 1");
    }

    /// <summary>Reads an integer of any width, losing nothing.</summary>
    public long Integer(GgufValueType type, string field)
    {
        var offset = Position;
        var value = Take(type.MinimumBytes(), field);
        switch (type)
        {
            case GgufValueType.UInt8: return value[0];
            case GgufValueType.Int8: return (sbyte)value[0];
            case GgufValueType.UInt16: return BinaryPrimitives.ReadUInt16LittleEndian(value);
            case GgufValueType.Int16: return BinaryPrimitives.ReadInt16LittleEndian(value);
            case GgufValueType.UInt32: return BinaryPrimitives.ReadUInt32LittleEndian(value);
            case GgufValueType.Int32: return BinaryPrimitives.ReadInt32LittleEndian(value);
            case GgufValueType.Int64: return BinaryPrimitives.ReadInt64LittleEndian(value);
        }

        var unsigned = BinaryPrimitives.ReadUInt64LittleEndian(value);
        return unsigned <= long.MaxValue
            ? (long)unsigned
            : throw Bad(field, offset, $"is {unsigned}; at most {long.MaxValue} can be used");
    }

    public double Float(GgufValueType type, string field) => type == GgufValueType.Float32
        ? BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float), field))
        : BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double), field));
}

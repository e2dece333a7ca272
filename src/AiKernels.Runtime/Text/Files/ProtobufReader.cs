using System.Buffers.Binary;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>Walks the fields of a protocol buffer's message.</summary>
/// <remarks>Source: protobuf.dev, "Encoding". Nothing is copied, and no length is believed.</remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message, string file, int offset)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>The place of the current field's value in the file.</summary>
    public int Offset { get; private set; }

    /// <summary>The value of a field with a number.</summary>
    public ulong Number { get; private set; }

    /// <summary>The value of a field with a length: text, bytes or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The number as a float.</summary>
    public readonly float Float => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Goes to the next field.</summary>
    /// <exception cref="InvalidDataException">The message is cut off, or no protocol buffer.</exception>
    public bool TryNext()
    {
        if (_position == _message.Length)
        {
            return false;
        }

        var key = Varint();
        Field = key >> 3 is > 0 and <= int.MaxValue ? (int)(key >> 3) : throw Bad("has no field number");
        (Number, Offset) = (0, offset + _position);
        Bytes = [];
        switch (key & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                break;
            case 2:
                var length = Varint();
                Offset = offset + _position;
                Bytes = Take(length <= int.MaxValue ? (int)length : throw Bad("has a length beyond the file"));
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                break;
            default:
                throw Bad("has a wire type that is not known");
        }

        return true;
    }

    /// <summary>The current field's value as a message.</summary>
    public readonly ProtobufReader Message() => new(Bytes, file, Offset);

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Bad("has a number of more than 64 bits");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_message.Length - _position < count)
        {
            throw Bad($"ends within a field of {count} bytes");
        }

        _position += count;
        return _message.Slice(_position - count, count);
    }

    private readonly InvalidDataException Bad(string problem) =>
        new($"{Printable.Text(file)}: the message at byte {offset} {problem} at byte {offset + _position}");
}

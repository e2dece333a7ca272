using AiKernels.Formats;

namespace AiKernels.Runtime.Files;

/// <summary>The list of tensors in a GGUF header: name, dimension count, dimensions, type, offset of each.</summary>
internal static class GgufTensorRecords
{
    /// <summary>The fewest bytes of a record: name 8 + 1, dimension count 4, dimension 8, type 4, offset 8.</summary>
    public const int MinimumBytes = 33;

    public const int MaximumDimensions = 4;

    /// <summary>A tensor whose offset counts from the start of the data, and where the file says so.</summary>
    private readonly record struct Located(GgufTensor Tensor, long OffsetField);

    /// <summary>Reads all records, then checks where the tensors they describe lie in the file.</summary>
    public static IReadOnlyList<GgufTensor> Read(ref GgufCursor cursor, long count, long alignment, long fileLength)
    {
        var located = new List<Located>();
        var names = new HashSet<string>();
        for (var i = 0L; i < count; i++)
        {
            cursor.Owner = "tensor";
            cursor.OwnerName = $"{i}";
            var offset = cursor.Position;
            var name = cursor.Name("name", GgufHeader.MaximumNameBytes);
            if (!names.Add(name))
            {
                throw cursor.Bad("name", offset + sizeof(ulong),
                    $"is {Printable.Quote(name)}, which an earlier tensor has already");
            }

            cursor.OwnerName = name;
            located.Add(ReadRecord(ref cursor, name));
        }

        var dataStart = (cursor.Position + alignment - 1) / alignment * alignment;
        var tensors = Place(ref cursor, located, dataStart, alignment, fileLength);
        cursor.Owner = "";
        return tensors;
    }

    private static Located ReadRecord(ref GgufCursor cursor, string name)
    {
        var dimensionsOffset = cursor.Position;
        var dimensions = ReadDimensions(ref cursor);
        var typeOffset = cursor.Position;
        var type = (GgmlType)cursor.UInt32("type");
        if (!Enum.IsDefined(type))
        {
            throw cursor.Bad("type", typeOffset, $"is {(uint)type}, which ggml assigns to nothing");
        }

        var blockElements = type.Block().Elements;
        if (dimensions[0] % blockElements != 0)
        {
            throw cursor.Bad("dimension 0", dimensionsOffset + sizeof(uint),
                $"is {dimensions[0]}, not a multiple of the {blockElements} elements in a block of {type}");
        }

        if (ByteLength(type, dimensions) is not { } byteLength)
        {
            throw cursor.Bad("dimension product", dimensionsOffset + sizeof(uint),
                $"is that of {string.Join(" x ", dimensions)}, too large for any file");
        }

        var offsetField = cursor.Position;
        var offset = cursor.UInt64("offset");
        return offset <= long.MaxValue
            ? new(new(name, type, dimensions, (long)offset, byteLength), offsetField)
            : throw cursor.Bad("offset", offsetField, $"is {offset}, which is too large for any file");
    }

    /// <summary>The bytes of a tensor whose rows are whole blocks, or null where they pass 2^63.</summary>
    public static long? ByteLength(GgmlType type, ReadOnlySpan<long> dimensions)
    {
        // Products are checked before they are multiplied again: two factors below 2^63 can't overflow 128 bits.
        var (elements, bytes) = type.Block();
        var product = (UInt128)(ulong)(dimensions[0] / elements) * (uint)bytes;
        foreach (var dimension in dimensions[1..])
        {
            if (product > long.MaxValue)
            {
                return null;
            }

            product *= (ulong)dimension;
        }

        return product <= long.MaxValue ? (long)product : null;
    }

    private static long[] ReadDimensions(ref GgufCursor cursor)
    {
        var offset = cursor.Position;
        var count = cursor.UInt32("dimension count");
        if (count is < 1 or > MaximumDimensions)
        {
            throw cursor.Bad("dimension count", offset, $"is {count}; from 1 to {MaximumDimensions} are allowed");
        }

        var dimensions = new long[count];
        for (var i = 0; i < dimensions.Length; i++)
        {
            offset = cursor.Position;
            dimensions[i] = (long)cursor.UInt64($"dimension {i}");
            if (dimensions[i] < 1)
            {
                throw cursor.Bad($"dimension {i}", offset, $"is {dimensions[i]}; a dimension is at least 1");
            }
        }

        return dimensions;
    }

    private static GgufTensor[] Place(
        ref GgufCursor cursor, List<Located> located, long dataStart, long alignment, long fileLength)
    {
        var available = Math.Max(0, fileLength - dataStart);
        foreach (var (tensor, field) in located)
        {
            cursor.OwnerName = tensor.Name;
            if (tensor.Offset % alignment != 0)
            {
                throw cursor.Bad("offset", field, $"is {tensor.Offset}, not a multiple of the alignment {alignment}");
            }

            if (tensor.Offset > available || tensor.ByteLength > available - tensor.Offset)
            {
                throw cursor.Bad("offset", field, $"is {tensor.Offset}, where {tensor.ByteLength} bytes of data " +
                    $"would pass the end of the file: {available} bytes follow the header");
            }
        }

        RefuseOverlaps(ref cursor, located);
        return [.. located.Select(at => at.Tensor with { Offset = dataStart + at.Tensor.Offset })];
    }

    private static void RefuseOverlaps(ref GgufCursor cursor, List<Located> located)
    {
        GgufTensor? before = null;
        foreach (var (tensor, field) in located.OrderBy(at => at.Tensor.Offset))
        {
            if (before is not null && tensor.Offset < before.Offset + before.ByteLength)
            {
                cursor.OwnerName = tensor.Name;
                throw cursor.Bad("offset", field, $"is {tensor.Offset}, inside tensor {Printable.Quote(before.Name)}");
            }

            before = tensor;
        }
    }
}

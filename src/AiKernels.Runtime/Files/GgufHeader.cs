namespace AiKernels.Runtime.Files;

/// <summary>Everything before the tensor data of a GGUF file, read once and checked completely.</summary>
/// <remarks>
/// Layout, all little endian: magic, version (u32), tensor count, metadata count (u64), the metadata, one record a
/// tensor, padding, the tensor data. Versions 2 and 3 differ only in that 3 also allows big endian, which is refused
/// here. Source: ggml's <c>docs/gguf.md</c>.
/// </remarks>
internal sealed class GgufHeader
{
    public const string AlignmentKey = "general.alignment";
    public const int DefaultAlignment = 32;
    public const int MaximumKeyBytes = 65_535;
    public const int MaximumNameBytes = 64;

    // The format says only "a multiple of 8", ggml wants a power of two. The upper limit merely keeps sums small.
    private const long MinimumAlignment = 8, MaximumAlignment = 16 << 20;

    public static readonly string AlignmentRule =
        $"a power of two from {MinimumAlignment} to {MaximumAlignment} is needed";

    // Real files nest no array in another; a limit keeps a hostile one from exhausting the stack.
    private const int MaximumArrayDepth = 8;

    // The shortest key takes 8 + 1 bytes, the type 4, the shortest value 1.
    private const int MinimumEntryBytes = 14;

    public static ReadOnlySpan<byte> Magic => "GGUF"u8;

    public required uint Version { get; init; }

    public required IReadOnlyList<GgufEntry> Entries { get; init; }

    public required IReadOnlyList<GgufTensor> Tensors { get; init; }

    public required long Alignment { get; init; }

    /// <summary>The offset behind the last metadata value, where the tensor records start.</summary>
    public required long MetadataEnd { get; init; }

    /// <summary>The offset behind the last tensor record.</summary>
    public required long End { get; init; }

    /// <exception cref="InvalidDataException">A field is not what the format allows or the file can hold.</exception>
    public static GgufHeader Read(ref GgufCursor cursor, long fileLength)
    {
        var version = ReadVersion(ref cursor);
        var tensorCount = cursor.Count("tensor count", GgufTensorRecords.MinimumBytes);
        var entryCount = cursor.Count("metadata count", MinimumEntryBytes);
        var entries = ReadEntries(ref cursor, entryCount);
        var metadataEnd = cursor.Position;
        var alignment = ReadAlignment(cursor, entries);
        var tensors = GgufTensorRecords.Read(ref cursor, tensorCount, alignment, fileLength);
        return new()
        {
            Version = version,
            Entries = entries,
            Tensors = tensors,
            Alignment = alignment,
            MetadataEnd = metadataEnd,
            End = cursor.Position,
        };
    }

    private static uint ReadVersion(ref GgufCursor cursor)
    {
        if (!cursor.Take(Magic.Length, "magic").SequenceEqual(Magic))
        {
            throw cursor.Bad("magic", 0, "is not \"GGUF\", so this is not a GGUF file");
        }

        var offset = cursor.Position;
        var version = cursor.UInt32("version");
        return version switch
        {
            2 or 3 => version,
            2 << 24 or 3 << 24 => throw cursor.Bad(
                "version", offset, "is in big-endian order; only little-endian files can be read"),
            _ => throw cursor.Bad("version", offset, $"is {version}; versions 2 and 3 can be read"),
        };
    }

    private static List<GgufEntry> ReadEntries(ref GgufCursor cursor, long count)
    {
        var entries = new List<GgufEntry>();
        var keys = new HashSet<string>();
        for (var i = 0L; i < count; i++)
        {
            cursor.Owner = "metadata entry";
            cursor.OwnerName = $"{i}";
            var offset = cursor.Position;
            var key = cursor.Name("key", MaximumKeyBytes);
            if (!keys.Add(key))
            {
                throw cursor.Bad("key", offset + sizeof(ulong),
                    $"is {Printable.Quote(key)}, which an earlier entry has already");
            }

            cursor.Owner = "metadata";
            cursor.OwnerName = key;
            entries.Add(ReadEntry(ref cursor, key));
        }

        cursor.Owner = "";
        return entries;
    }

    private static GgufEntry ReadEntry(ref GgufCursor cursor, string key)
    {
        var type = cursor.ValueType("value type");
        if (type != GgufValueType.Array)
        {
            var scalar = new GgufEntry(key, type, null, 1, cursor.Position);
            SkipValue(ref cursor, type, 0);
            return scalar;
        }

        var (elementType, count) = ReadArrayHead(ref cursor);
        var array = new GgufEntry(key, type, elementType, count, cursor.Position);
        SkipElements(ref cursor, elementType, count, 1);
        return array;
    }

    public static (GgufValueType ElementType, long Count) ReadArrayHead(ref GgufCursor cursor)
    {
        var elementType = cursor.ValueType("array element type");
        return (elementType, cursor.Count("array count", elementType.MinimumBytes()));
    }

    private static void SkipValue(ref GgufCursor cursor, GgufValueType type, int depth)
    {
        switch (type)
        {
            case GgufValueType.Boolean:
                cursor.Boolean("value");
                break;
            case GgufValueType.String:
                cursor.String("string");
                break;
            case GgufValueType.Array when depth == MaximumArrayDepth:
                throw cursor.Bad(
                    "array element type", cursor.Position, $"opens an array more than {MaximumArrayDepth} deep");
            case GgufValueType.Array:
                var (elementType, count) = ReadArrayHead(ref cursor);
                SkipElements(ref cursor, elementType, count, depth + 1);
                break;
            default:
                cursor.Take(type.MinimumBytes(), "value");
                break;
        }
    }

    /// <summary>Passes over the elements of an array; <paramref name="depth"/> counts the arrays they lie in.</summary>
    public static void SkipElements(ref GgufCursor cursor, GgufValueType type, long count, int depth)
    {
        if (type.IsFixedWidth() && type != GgufValueType.Boolean)
        {
            cursor.Take(count * type.MinimumBytes(), "array");
            return;
        }

        if (type == GgufValueType.String)
        {
            cursor.SkipStrings(count);
            return;
        }

        for (var i = 0L; i < count; i++)
        {
            SkipValue(ref cursor, type, depth);
        }
    }

    public static bool IsAlignment(long alignment) =>
        alignment is >= MinimumAlignment and <= MaximumAlignment && long.IsPow2(alignment);

    private static long ReadAlignment(GgufCursor cursor, List<GgufEntry> entries)
    {
        if (entries.Find(entry => entry.Key == AlignmentKey) is not { } entry)
        {
            return DefaultAlignment;
        }

        cursor.Owner = "metadata";
        cursor.OwnerName = AlignmentKey;
        cursor.Position = (int)entry.Offset;
        if (!entry.Type.IsInteger())
        {
            throw cursor.Bad("value", entry.Offset, $"is a {entry.TypeName}, where an integer is needed");
        }

        var alignment = cursor.Integer(entry.Type, "value");
        return IsAlignment(alignment)
            ? alignment
            : throw cursor.Bad("value", entry.Offset, $"is {alignment}; {AlignmentRule}");
    }
}

namespace AiKernels.Tests.Shared;

/// <summary>A damaged GGUF file and the complaint it deserves.</summary>
/// <param name="Name">What is wrong, in a few words fit for a file name.</param>
/// <param name="Bytes">The file.</param>
/// <param name="Field">The field that the message has to name, as the message words it.</param>
/// <param name="Offset">The byte at which the message has to place it.</param>
internal sealed record GgufLie(string Name, byte[] Bytes, string Field, long Offset)
{
    /// <summary>How a message that names the field and its offset reads in its middle.</summary>
    public string Complaint => $"{Field} at byte {Offset} ";
}

/// <summary>Ways in which a file from a stranger can lie about itself, each a change of one honest file.</summary>
internal static class GgufLies
{
    private static readonly GgufSketch Honest = GgufSketch.Honest();

    /// <summary>All lies by name.</summary>
    public static IReadOnlyDictionary<string, GgufLie> All { get; } = Header()
        .Concat(Metadata()).Concat(Tensors()).Concat(Truncations()).Concat(WholeFiles()).ToDictionary(lie => lie.Name);

    private static IEnumerable<GgufLie> Header() =>
    [
        Number("magic of a zip file", "magic", 0x04034B50, "magic"),
        Number("version 0", "version", 0, "version"),
        Number("version 1", "version", 1, "version"),
        Number("version 4", "version", 4, "version"),
        Number("version 3 in big endian", "version", 0x03000000, "version"),
        Long("2 to the 40 tensors", "tensor count", 1UL << 40, "tensor count"),
        Long("2 to the 64 less 1 tensors", "tensor count", ulong.MaxValue, "tensor count"),
        Long("2 to the 40 metadata", "metadata count", 1UL << 40, "metadata count"),
        Long("2 to the 63 metadata", "metadata count", 1UL << 63, "metadata count"),
        Long("one metadata too few", "metadata count", 9, "dimension count of tensor 'none'", "none type"),
        Long("one tensor too many", "tensor count", 4, "name length of tensor '3'", "padding"),
    ];

    private static IEnumerable<GgufLie> Metadata() =>
    [
        Long("key of length 0", "flag key length", 0, "key length of metadata entry '3'"),
        new("key of length 65536", [.. Patched("flag key length", Eight(65_536)), .. new byte[70_000]],
            "key length of metadata entry '3'", Honest["flag key length"]),
        Long("key of length 2 to the 63", "flag key length", 1UL << 63, "key length of metadata entry '3'"),
        Patch("key that is not UTF-8", "flag key", [0xC3, 0x28, 0x61, 0x62], "key of metadata entry '3'"),
        Patch("duplicate key", "none key", "flag"u8, "key of metadata entry '9'"),
        Number("value type 13", "flag type", 13, "value type of metadata 'flag'"),
        Number("value type 2 to the 32 less 1", "flag type", uint.MaxValue, "value type of metadata 'flag'"),
        Patch("boolean 2", "flag value", [2], "value of metadata 'flag'"),
        Patch("boolean 255 in an array", "flags elements", [255], "value of metadata 'flags'"),
        Long("string of length 2 to the 63", "general.architecture length", 1UL << 63,
            "string length of metadata 'general.architecture'"),
        Long("string longer than the file", "general.architecture length", 100_000,
            "string length of metadata 'general.architecture'"),
        Long("token of length 2 to the 64 less 1", "tokens 1 length", ulong.MaxValue,
            "string length of metadata 'tokens'"),
        Number("array of type 77", "numbers element type", 77, "array element type of metadata 'numbers'"),
        Long("array of 2 to the 60", "numbers count", 1UL << 60, "array count of metadata 'numbers'"),
        Long("array of 2 to the 62 times 4 bytes", "numbers count", 1UL << 62, "array count of metadata 'numbers'"),
        Long("strings 2 to the 40", "tokens count", 1UL << 40, "array count of metadata 'tokens'"),
        Long("arrays 2 to the 60 in an array", "nested count", 1UL << 60, "array count of metadata 'nested'"),
        Long("inner array of 2 to the 61", "nested 0 count", 1UL << 61, "array count of metadata 'nested'"),
        NestedArrays("arrays 9 deep", 9),
        NestedArrays("arrays a million deep", 1_000_000),
        Number("alignment 0", "general.alignment value", 0, "value of metadata 'general.alignment'"),
        Number("alignment 4", "general.alignment value", 4, "value of metadata 'general.alignment'"),
        Number("alignment 48", "general.alignment value", 48, "value of metadata 'general.alignment'"),
        Number("alignment 2 to the 31", "general.alignment value", 1u << 31, "value of metadata 'general.alignment'"),
        Number("alignment as a float", "general.alignment type", 6, "value of metadata 'general.alignment'",
            "general.alignment value"),
    ];

    private static IEnumerable<GgufLie> Tensors() =>
    [
        Long("tensor name of length 0", "third name length", 0, "name length of tensor '2'"),
        Long("tensor name of length 65", "third name length", 65, "name length of tensor '2'"),
        Long("tensor name of length 2 to the 62", "third name length", 1UL << 62, "name length of tensor '2'"),
        Patch("tensor name that is not UTF-8", "third name", [0xFF], "name of tensor '2'"),
        Patch("duplicate tensor", "third name", "first"u8, "name of tensor '2'"),
        Number("0 dimensions", "first dimension count", 0, "dimension count of tensor 'first'"),
        Number("5 dimensions", "first dimension count", 5, "dimension count of tensor 'first'"),
        Number("2 to the 31 dimensions", "first dimension count", 1u << 31, "dimension count of tensor 'first'"),
        Long("dimension 0 of 0", "first dimension 0", 0, "dimension 0 of tensor 'first'"),
        Long("dimension 1 of 0", "first dimension 1", 0, "dimension 1 of tensor 'first'"),
        Long("dimension 1 negative", "first dimension 1", ulong.MaxValue, "dimension 1 of tensor 'first'"),
        Long("dimensions whose product wraps to 0", "first dimension 1", 1UL << 62,
            "dimension product of tensor 'first'", "first dimension 0"),
        Long("dimension of 2 to the 63 less 1", "first dimension 0", long.MaxValue,
            "dimension product of tensor 'first'"),
        Long("row of half a block", "second dimension 0", 48, "dimension 0 of tensor 'second'"),
        Number("tensor type 4, which ggml removed", "first type", 4, "type of tensor 'first'"),
        Number("tensor type 1000", "first type", 1000, "type of tensor 'first'"),
        Long("tensor larger than the file", "third dimension 0", 1UL << 40, "offset of tensor 'third'", "third offset"),
        Long("tensor one row past the end", "third dimension 0", 9, "offset of tensor 'third'", "third offset"),
        Long("offset not aligned", "second offset", 65, "offset of tensor 'second'"),
        Long("offset past the end", "third offset", 1UL << 50, "offset of tensor 'third'"),
        Long("offset that wraps around", "third offset", ulong.MaxValue - 31, "offset of tensor 'third'"),
        Long("offset of 2 to the 63 less 32", "third offset", long.MaxValue - 31, "offset of tensor 'third'"),
        Long("offset inside another tensor", "third offset", 128, "offset of tensor 'third'"),
        Long("two tensors at one place", "second offset", 0, "offset of tensor 'second'"),
    ];

    private static IEnumerable<GgufLie> Truncations() =>
    [
        Cut("cut in the magic", "magic", 2, "magic"),
        Cut("cut behind the magic", "version", 0, "version"),
        Cut("cut in the tensor count", "tensor count", 7, "tensor count"),
        Cut("cut in the metadata count", "metadata count", 1, "tensor count", "tensor count"),
        Cut("cut in an array", "numbers elements", 11, "array count of metadata 'numbers'", "numbers count"),
        Cut("cut in a string", "tokens 1", 0, "string length of metadata 'tokens'", "tokens 1 length"),
        Cut("cut in the last tensor's offset", "third offset", 4, "offset of tensor 'third'"),
        Cut("cut in the tensor data", "data", 239, "offset of tensor 'third'", "third offset"),
        Cut("cut before the tensor data", "data", 0, "offset of tensor 'first'", "first offset"),
    ];

    private static IEnumerable<GgufLie> WholeFiles() =>
    [
        new("empty file", [], "magic", 0),
        new("text file", "Once upon a time there was a model."u8.ToArray(), "magic", 0),
        new("file of zeros", new byte[4096], "magic", 0),
    ];

    /// <summary>A file of one entry that is an array in an array and so on; the ninth is one too many.</summary>
    private static GgufLie NestedArrays(string name, int depth)
    {
        var file = new GgufSketch().Bytes("magic", "GGUF"u8).UInt32("version", 3)
            .UInt64("tensor count", 0).UInt64("metadata count", 1).Key("deep", 9);
        for (var i = 1; i < depth; i++)
        {
            file.Array($"{i}", 9, 1);
        }

        file.Array($"{depth}", 0, 0);
        return new(name, file.ToArray(), "array element type of metadata 'deep'", file["9 element type"]);
    }

    private static GgufLie Number(string name, string label, uint value, string field, string? at = null) =>
        Patch(name, label, BitConverter.GetBytes(value), field, at);

    private static GgufLie Long(string name, string label, ulong value, string field, string? at = null) =>
        Patch(name, label, Eight(value), field, at);

    private static GgufLie Patch(
        string name, string label, ReadOnlySpan<byte> value, string field, string? at = null) =>
        new(name, Patched(label, value), field, Honest[at ?? label]);

    private static GgufLie Cut(string name, string label, int bytesLeft, string field, string? at = null) =>
        new(name, Honest.ToArray()[..(Honest[label] + bytesLeft)], field, Honest[at ?? label]);

    private static byte[] Patched(string label, ReadOnlySpan<byte> value)
    {
        var bytes = Honest.ToArray();
        value.CopyTo(bytes.AsSpan(Honest[label]));
        return bytes;
    }

    private static byte[] Eight(ulong value) => BitConverter.GetBytes(value);
}

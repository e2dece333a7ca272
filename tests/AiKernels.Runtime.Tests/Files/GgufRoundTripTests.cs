using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Tests.Shared;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Files;

public sealed class GgufRoundTripTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_file_of_either_version_is_read_field_by_field(int version)
    {
        var sketch = GgufSketch.Honest((uint)version);
        using var temporary = new TemporaryFile(sketch.ToArray());
        using var file = GgufFile.Open(temporary.Path);

        Assert.Equal(version, file.Version);
        Assert.Equal(32, file.Alignment);
        Assert.Equal(
            [
                "general.architecture", "general.alignment", "big", "flag", "epsilon", "flags", "numbers", "tokens",
                "nested", "none",
            ],
            file.Metadata.Entries.Select(entry => entry.Key));
        Assert.Equal("llama", file.Metadata.GetString("general.architecture"));
        Assert.Equal(1L << 40, file.Metadata.GetInteger("big"));
        Assert.True(file.Metadata.GetBoolean("flag"));
        Assert.Equal(1e-5f, file.Metadata.GetFloat("epsilon"));
        Assert.Equal([false, true, true], file.Metadata.GetBooleans("flags"));
        Assert.Equal([0, 0, 0], file.Metadata.GetIntegers("numbers"));
        Assert.Equal(["<unk>", "a"], file.Metadata.GetStrings("tokens"));
        Assert.Empty(file.Metadata.GetFloats("none"));
        Assert.Equal("[UInt8[2], String[1]]", file.Metadata.Describe("nested"));
        Assert.Equal(sketch["tokens 0 length"], file.Metadata.Entries[7].Offset);

        var second = file.Tensor("second");
        Assert.Equal((GgmlType.Q8_0, 64L, 2L, 68L, 136L, sketch["data"] + 64L),
            (second.Type, second.Columns, second.Rows, second.RowBytes, second.ByteLength, second.Offset));
        Assert.Equal(["first", "second", "third"], file.Tensors.Select(tensor => tensor.Name));
        GgufWalk.ReadEverything(file);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    [InlineData(4096)]
    public void What_is_written_is_read(int alignment)
    {
        var writer = new GgufWriter(alignment);
        writer.Add("string", "a\0ü");
        writer.Add("uint8", byte.MaxValue);
        writer.Add("int8", sbyte.MinValue);
        writer.Add("uint16", ushort.MaxValue);
        writer.Add("int16", short.MinValue);
        writer.Add("uint32", uint.MaxValue);
        writer.Add("int32", int.MinValue);
        writer.Add("uint64", (ulong)long.MaxValue);
        writer.Add("int64", long.MinValue);
        writer.Add("float32", float.Epsilon);
        writer.Add("float64", double.MaxValue);
        writer.Add("boolean", true);
        writer.AddArray<short>("int16s", [-1, 2]);
        writer.AddArray<float>("floats", [0.5f, float.NaN]);
        writer.AddArray<bool>("booleans", [true, false]);
        writer.AddArray("strings", ["", "two"]);
        byte[][] broken = [[0xFF, 0x41], []];
        writer.AddArray("bytes", broken);
        writer.AddTensor("rows", GgmlType.F16, [3, 2, 2], (row, bytes) => bytes.Fill((byte)row));
        writer.AddTensor("data", GgmlType.Q4_0, [32], Enumerable.Range(0, 18).Select(i => (byte)i).ToArray());
        using var temporary = new TemporaryFile();
        writer.WriteTo(temporary.Path);
        using var file = GgufFile.Open(temporary.Path);
        var metadata = file.Metadata;

        Assert.Equal(alignment, file.Alignment);
        Assert.Equal("a\0ü", metadata.GetString("string"));
        string[] integers = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"];
        Assert.Equal([255, -128, 65_535, -32_768, uint.MaxValue, int.MinValue, long.MaxValue, long.MinValue],
            integers.Select(key => metadata.GetInteger(key)));
        Assert.Equal(float.Epsilon, metadata.GetFloat("float32"));
        Assert.Equal(float.PositiveInfinity, metadata.GetFloat("float64"));
        Assert.True(metadata.GetBoolean("boolean"));
        Assert.Equal([-1, 2], metadata.GetIntegers("int16s"));
        Assert.Equal([0.5f, float.NaN], metadata.GetFloats("floats"));
        Assert.Equal([true, false], metadata.GetBooleans("booleans"));
        Assert.Equal(["", "two"], metadata.GetStrings("strings"));
        Assert.Equal(broken, metadata.GetUtf8Strings("bytes"));
        Assert.Equal("\uFFFDA", metadata.GetStrings("bytes")[0]);
        using (var rows = file.Map(file.Tensor("rows"), 6, 13))
        {
            Assert.Equal([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3], rows.Bytes.ToArray());
        }

        using var data = file.Map(file.Tensor("data"));
        Assert.Equal(Enumerable.Range(0, 18).Select(i => (byte)i), data.Bytes.ToArray());
        Assert.All(file.Tensors, tensor => Assert.Equal(0, tensor.Offset % alignment));
    }

    [Fact]
    public void Any_keys_and_values_survive()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(NonEmptyString Key, string[] Values, long Number)[]>(), entries =>
        {
            var wanted = entries
                .Select((entry, i) => (Key: $"{i}{Clean(entry.Key.Get)}", entry.Values, entry.Number)).ToArray();
            var writer = new GgufWriter();
            foreach (var (key, values, number) in wanted)
            {
                writer.AddArray(key, [.. values.Select(Clean)]);
                writer.Add($"number of {key}", number);
            }

            using var temporary = new TemporaryFile();
            writer.WriteTo(temporary.Path);
            using var file = GgufFile.Open(temporary.Path);
            return wanted.All(entry => file.Metadata.GetInteger($"number of {entry.Key}") == entry.Number
                && file.Metadata.GetStrings(entry.Key).SequenceEqual(entry.Values.Select(Clean)));
        }).QuickCheckThrowOnFailure();

        // A lone surrogate has no UTF-8.
        static string Clean(string? text) =>
            string.Concat((text ?? "").EnumerateRunes().Select(rune => rune.ToString()));
    }

    [Fact]
    public void The_deepest_allowed_nesting_is_read()
    {
        var sketch = new GgufSketch().Bytes("magic", "GGUF"u8).UInt32("version", 3)
            .UInt64("tensor count", 0).UInt64("metadata count", 1).Key("deep", 9);
        for (var i = 1; i < 8; i++)
        {
            sketch.Array($"{i}", 9, 1);
        }

        using var temporary = new TemporaryFile(sketch.Array("8", 0, 0).ToArray());
        using var file = GgufFile.Open(temporary.Path);
        Assert.Equal("Array[]", file.Metadata.Entries[0].TypeName);
    }

    [Fact]
    public void The_writer_refuses_what_the_reader_would()
    {
        var writer = new GgufWriter();
        writer.Add("key", 1);
        writer.AddTensor("tensor", GgmlType.F32, [1], new byte[4]);
        Assert.Throws<ArgumentException>(() => new GgufWriter(24));
        Assert.Throws<ArgumentException>(() => writer.Add("key", 2));
        Assert.Throws<ArgumentException>(() => writer.Add("", 2));
        Assert.Throws<ArgumentException>(() => writer.Add("char", 'c'));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("tensor", GgmlType.F32, [1], new byte[4]));
        Assert.Throws<ArgumentException>(() => writer.AddTensor(new('n', 65), GgmlType.F32, [1], new byte[4]));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("short", GgmlType.F32, [2], new byte[4]));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("half", GgmlType.Q8_0, [16], new byte[17]));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("none", GgmlType.F32, [0], Array.Empty<byte>()));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("five", GgmlType.F32, [1, 1, 1, 1, 1], new byte[4]));
    }
}

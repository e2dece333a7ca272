using System.Text;

namespace AiKernels.Tests.Shared;

/// <summary>
/// A GGUF file put together field by field, independently of the project's own writer. Each field has a label, so that
/// a test can overwrite it and say at which byte a reader should have noticed.
/// </summary>
internal sealed class GgufSketch
{
    private readonly List<byte> _bytes = [];
    private readonly Dictionary<string, int> _offsets = [];

    /// <summary>The offset of a labelled field.</summary>
    public int this[string label] => _offsets[label];

    public byte[] ToArray() => [.. _bytes];

    /// <summary>A small honest file: every kind of metadata value, three tensors, alignment 32.</summary>
    public static GgufSketch Honest(uint version = 3)
    {
        var file = new GgufSketch()
            .Bytes("magic", "GGUF"u8).UInt32("version", version)
            .UInt64("tensor count", 3).UInt64("metadata count", 10)
            .Key("general.architecture", 8).String("general.architecture", "llama")
            .Key("general.alignment", 4).UInt32("general.alignment value", 32)
            .Key("big", 10).UInt64("big value", 1UL << 40)
            .Key("flag", 7).Bytes("flag value", [1])
            .Key("epsilon", 6).Bytes("epsilon value", BitConverter.GetBytes(1e-5f))
            .Key("flags", 9).Array("flags", 7, 3).Bytes("flags elements", [0, 1, 1])
            .Key("numbers", 9).Array("numbers", 5, 3).Bytes("numbers elements", new byte[12])
            .Key("tokens", 9).Array("tokens", 8, 2).String("tokens 0", "<unk>").String("tokens 1", "a")
            .Key("nested", 9).Array("nested", 9, 2)
            .Array("nested 0", 0, 2).Bytes("nested 0 elements", [1, 2])
            .Array("nested 1", 8, 1).String("nested 1 string", "deep")
            .Key("none", 9).Array("none", 6, 0)
            .Tensor("first", 0, 0, 4, 3)        // F32, 48 bytes
            .Tensor("second", 8, 64, 64, 2)     // Q8_0, 136 bytes
            .Tensor("third", 1, 224, 8);        // F16, 16 bytes
        var padding = -file._bytes.Count & 31;
        return file.Bytes("padding", new byte[padding]).Bytes("data", new byte[240]);
    }

    public GgufSketch Bytes(string label, ReadOnlySpan<byte> value)
    {
        _offsets.Add(label, _bytes.Count);
        _bytes.AddRange(value);
        return this;
    }

    public GgufSketch UInt32(string label, uint value) => Bytes(label, BitConverter.GetBytes(value));

    public GgufSketch UInt64(string label, ulong value) => Bytes(label, BitConverter.GetBytes(value));

    public GgufSketch String(string label, string value) =>
        UInt64($"{label} length", (ulong)Encoding.UTF8.GetByteCount(value)).Bytes(label, Encoding.UTF8.GetBytes(value));

    public GgufSketch Key(string key, uint type) => String($"{key} key", key).UInt32($"{key} type", type);

    public GgufSketch Array(string label, uint elementType, ulong count) =>
        UInt32($"{label} element type", elementType).UInt64($"{label} count", count);

    public GgufSketch Tensor(string name, uint type, ulong offset, params ulong[] dimensions)
    {
        String($"{name} name", name).UInt32($"{name} dimension count", (uint)dimensions.Length);
        for (var i = 0; i < dimensions.Length; i++)
        {
            UInt64($"{name} dimension {i}", dimensions[i]);
        }

        return UInt32($"{name} type", type).UInt64($"{name} offset", offset);
    }
}

using AiKernels.Runtime.Files;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Files;

public sealed class GgufMetadataTests : IDisposable
{
    private static readonly GgufSketch Sketch = GgufSketch.Honest();
    private readonly TemporaryFile _temporary = new(Sketch.ToArray());
    private readonly GgufFile _file;

    public GgufMetadataTests() => _file = GgufFile.Open(_temporary.Path);

    private GgufMetadata Metadata => _file.Metadata;

    public void Dispose()
    {
        _file.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void A_value_of_another_type_is_refused_by_every_getter()
    {
        Action[] getters =
        [
            () => Metadata.GetInteger("flag"), () => Metadata.GetInteger("epsilon", 1),
            () => Metadata.GetInt32("tokens"),
            () => Metadata.GetFloat("big"), () => Metadata.GetFloat("flag", 1), () => Metadata.GetBoolean("big", true),
            () => Metadata.GetString("tokens"), () => Metadata.TryGetString("big", out _),
            () => Metadata.GetStrings("numbers"), () => Metadata.GetUtf8Strings("general.architecture"),
            () => Metadata.GetIntegers("big"), () => Metadata.GetIntegers("flags"), () => Metadata.GetFloats("numbers"),
            () => Metadata.GetBooleans("none"), () => Metadata.GetStrings("nested"),
        ];

        Assert.All(getters, getter => Assert.Matches(
            @"value of metadata '\S+' at byte \d+ is of type", Assert.Throws<InvalidDataException>(getter).Message));
    }

    [Fact]
    public void A_refusal_names_key_and_offset()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Metadata.GetInteger("flag"));
        Assert.Contains($"value of metadata 'flag' at byte {Sketch["flag value"]} is of type Boolean", refusal.Message,
            StringComparison.Ordinal);
        Assert.Contains($"value of metadata 'big' at byte {Sketch["big value"]} is 1099511627776",
            Assert.Throws<InvalidDataException>(() => Metadata.GetInt32("big")).Message, StringComparison.Ordinal);
        Assert.Contains("metadata 'absent' is missing",
            Assert.Throws<InvalidDataException>(() => Metadata.GetString("absent")).Message, StringComparison.Ordinal);
        Assert.Contains("tensor 'absent' is missing",
            Assert.Throws<InvalidDataException>(() => _file.Tensor("absent")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fallbacks_stand_in_for_absent_keys_alone()
    {
        Assert.Equal(7, Metadata.GetInteger("absent", 7));
        Assert.Equal(7, Metadata.GetInt32("absent", 7));
        Assert.Equal(32, Metadata.GetInt32("general.alignment", 7));
        Assert.Equal(0.5f, Metadata.GetFloat("absent", 0.5f));
        Assert.True(Metadata.GetBoolean("absent", true));
        Assert.Equal("x", Metadata.GetString("absent", "x"));
        Assert.False(Metadata.TryGetInteger("absent", out _));
        Assert.False(Metadata.TryGetString("absent", out _));
    }

    [Fact]
    public void A_disposed_file_reads_nothing_more()
    {
        var tensor = _file.Tensor("first");
        using var window = _file.Map(tensor);
        _file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => Metadata.GetString("general.architecture"));
        Assert.Throws<ObjectDisposedException>(() => _file.Map(tensor));
        Assert.Equal(tensor.ByteLength, window.Bytes.Length);
        window.Dispose();
        Assert.Throws<ObjectDisposedException>(() => window.Bytes.Length);
    }
}

using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files.Snapshots;
using AiKernels.Runtime.Sampling;
using Xunit;

namespace AiKernels.Runtime.Tests.Files.Snapshots;

/// <summary>Snapshots of made-up conversations. The bytes of an image follow from the snapshot's seed and its place.</summary>
/// <param name="Header">What it holds.</param>
/// <param name="Seed">What the images follow from.</param>
internal sealed record SampleSnapshot(SnapshotHeader Header, int Seed)
{
    public static SnapshotKey Key { get; } = new([.. Enumerable.Range(1, 32).Select(value => (byte)value)]);

    /// <summary>Whether it is encrypted, in both ways.</summary>
    public static TheoryData<bool> Forms => [false, true];

    /// <summary>Less than a kilobyte: two images, the second of six positions.</summary>
    public static SampleSnapshot Small { get; } = new(
        new SnapshotHeader
        {
            ModelHash = "0123456789abcdef",
            Shape = new KeyValueShape(Layers: 1, Heads: 1, HeadLength: 1, GgmlType.F16),
            Tokens = Enumerable.Range(100, 71).ToArray(),
            Positions = 70,
            Options = new GenerationOptions { StopStrings = ["stop", "Ende"], LogProbabilities = 3 },
            Tag = "a host's"u8.ToArray(),
        },
        Seed: 1);

    /// <summary>Some megabytes: chunks of which none begins where an image does.</summary>
    public static SampleSnapshot Large { get; } = Small with
    {
        Header = Small.Header with { Shape = new KeyValueShape(Layers: 3, Heads: 2, HeadLength: 64), Tokens = new int[1200], Positions = 1199 },
    };

    public static SampleSnapshot Random(int seed)
    {
        var random = new Random(seed);
        var types = KeyValueShape.Types;
        var tokens = new int[random.Next(4) == 0 ? 0 : random.Next(300)];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = random.Next();
        }

        var tag = new byte[random.Next(100)];
        random.NextBytes(tag);
        string[] texts = ["", "\n", "ä€𝄞", "</s>", "\0"];
        return new SampleSnapshot(
            new SnapshotHeader
            {
                ModelHash = $"{random.NextInt64():x}",
                NumericsVersion = random.Next(),
                Shape = new KeyValueShape(
                    random.Next(1, 4), random.Next(1, 4), 32 * random.Next(1, 3), types[random.Next(types.Count)], 64 * random.Next(1, 3)),
                Tokens = tokens,
                Positions = random.Next(tokens.Length + 1),
                Options = new GenerationOptions
                {
                    MaxTokens = random.Next(),
                    IgnoreEnd = random.Next(2) == 0,
                    LogProbabilities = random.Next(3) is > 0 and var probabilities ? probabilities - 1 : null,
                    StopStrings = [.. Enumerable.Range(0, random.Next(4)).Select(_ => texts[random.Next(texts.Length)])],
                    Sampling = new SamplingOptions
                    {
                        Temperature = random.NextSingle(),
                        TopK = random.Next(),
                        TopP = 1 - random.NextSingle(),
                        MinP = random.NextSingle(),
                        RepetitionPenalty = 1 + random.NextSingle(),
                        RepetitionWindow = random.Next(),
                        Seed = (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                        DynamicTemperatureRange = random.NextSingle(),
                        DynamicTemperatureExponent = 1 + random.NextSingle(),
                        TypicalP = 1 - random.NextSingle(),
                        TopNSigma = random.NextSingle(),
                        XtcProbability = random.NextSingle(),
                        XtcThreshold = 1 - random.NextSingle(),
                        DryMultiplier = random.NextSingle(),
                        DryBase = 1 + random.NextSingle(),
                        DryAllowedLength = 1 + random.Next(9),
                        DryWindow = random.Next(),
                        DryBreakers = [.. texts.Where(text => text.Length > 0 && random.Next(2) == 0)],
                        FrequencyPenalty = random.NextSingle() - 0.5f,
                        PresencePenalty = random.NextSingle() - 0.5f,
                        MirostatTau = random.Next(2) == 0 ? null : random.NextSingle(),
                        MirostatEta = 1 - random.NextSingle(),
                        Order = [.. SamplingOptions.DefaultOrder.Where(_ => random.Next(3) > 0).Reverse()],
                        LogitBias = Enumerable.Range(0, random.Next(4)).ToDictionary(token => token, _ => random.NextSingle()),
                    },
                },
                Tag = tag,
            },
            seed);
    }

    public static SnapshotKey? KeyOf(bool isEncrypted) => isEncrypted ? Key : null;

    public void Write(string path, bool isEncrypted = false) => SnapshotFile.Write(path, Header, Fill, KeyOf(isEncrypted));

    public void Fill(int image, Span<byte> bytes) => new Random((1000 * Seed) + image).NextBytes(bytes);

    public byte[] ToBytes(bool isEncrypted = false)
    {
        using var file = new AiKernels.Tests.Shared.TemporaryFile();
        Write(file.Path, isEncrypted);
        return File.ReadAllBytes(file.Path);
    }

    /// <summary>Asserts that a file holds this and nothing else.</summary>
    public void AssertIn(string path, bool isEncrypted = false)
    {
        using var file = SnapshotFile.Open(path, KeyOf(isEncrypted));
        var (expected, read) = (Header, file.Header);
        Assert.Equal(expected.Tokens, read.Tokens);
        Assert.Equal(expected.Tag, read.Tag);
        Assert.Equal(expected.Options.StopStrings, read.Options.StopStrings);

        // Lists are equal by themselves alone; all other fields at once.
        Assert.Equal(expected, read with
        {
            Tokens = expected.Tokens,
            Tag = expected.Tag,
            Options = read.Options with { StopStrings = expected.Options.StopStrings },
        });

        // From the last to the first, too, so that each is found by itself.
        foreach (var image in Enumerable.Range(0, read.Images).Concat(Enumerable.Range(0, read.Images).Reverse()))
        {
            var (bytes, filled) = (new byte[read.ImageBytes(image)], new byte[read.ImageBytes(image)]);
            file.ReadImage(image, bytes);
            Fill(image, filled);
            Assert.Equal(filled, bytes);
        }
    }
}

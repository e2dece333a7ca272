using AiKernels.Formats;
using AiKernels.Gpu.Benchmarks.Suites;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Gpu.Tests;

/// <summary>The trials of <see cref="BitEqualityTests"/> on a real device, where there is one, at the processor's sizes.</summary>
public class CudaTests
{
    public static TheoryData<GgmlType> Formats => BitEqualityTests.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Products_have_the_bits_of_their_definition(GgmlType type) => OnDevice(backend => Seeds.ForAll(30, random =>
    {
        using var pair = new BackendPair(backend);
        ProductTrials.AnyShape(pair, random, type, TrialSizes.Full);
        ProductTrials.RandomBytes(pair, random, type, TrialSizes.Full);
        ProductTrials.Gated(pair, random, type, random.Next(1, 300), random.Next(1, 400), Math.Max(type.Block().Elements, 32) * random.Next(1, 70));
    }));

    /// <summary>Enough tiles for a device to take them, and fewer.</summary>
    [Theory]
    [MemberData(nameof(FloatProductTests.Formats), MemberType = typeof(FloatProductTests))]
    public void Prompts_past_floats_have_the_bits_of_their_definition(GgmlType type) => OnDevice(backend => Seeds.ForAll(6, random =>
    {
        using var pair = new BackendPair(backend);
        ProductTrials.Gated(pair, random, type, random.Next(9, 700), random.Next(500, 2000), random.Next(1, 200));
        ProductTrials.VanishingSums(pair, type, 1, 8, 9, 700);
    }));

    [Fact]
    public void Rows_have_the_bits_of_their_definition() => OnDevice(backend => Seeds.ForAll(50, random =>
    {
        using var pair = new BackendPair(backend);
        RowTrials.Gathering(pair, random);
        RowTrials.NormAndRotation(pair, random);
        RowTrials.Ranking(pair, random, random.Next(1, 200_000));
        foreach (var format in SupportedFormats.All)
        {
            RowTrials.Embedding(pair, random, format.Type);
            RowTrials.NormAndProduct(pair, random, format.Type);
        }
    }));

    [Fact]
    public void Attention_has_the_bits_of_its_definition() => OnDevice(backend => Seeds.ForAll(25, random =>
    {
        using var pair = new BackendPair(backend);
        AttentionTrials.GrowingSequences(pair, random, TrialSizes.Full);
        AttentionTrials.TurnedKeys(pair, random, AttentionTrials.AnyType(random));
        AttentionTrials.LongContext(pair, random, GgmlType.F16, before: 700, added: random.Next(1, 60));
    }));

    [Fact]
    public void Pages_hold_what_their_definition_says() => OnDevice(backend => Seeds.ForAll(25, random =>
    {
        using var pair = new BackendPair(backend);
        PageTrials.Images(pair, random, TrialSizes.Full, AttentionTrials.AnyType(random));
        PageTrials.Walk(pair, random, TrialSizes.Full, AttentionTrials.AnyType(random));
    }));

    [Fact]
    public void A_device_that_is_named_is_the_one()
    {
        Assert.Same(GpuDevice.All is [var first, ..] ? first : null, Device(null));
        Assert.Same(GpuDevice.Emulator, Device("emulator:0"));
        Assert.All(GpuDevice.All, device => Assert.Same(device, Device(device.Id)));
        Assert.Throws<ArgumentException>(() => Device("cuda:9999"));
    }

    /// <summary>
    /// Runs a test on the CUDA device that the environment names, or else on the first; it is skipped where there is none, or
    /// another kind is named.
    /// </summary>
    internal static void OnDevice(Action<GpuBackend> test)
    {
        var device = Device(Environment.GetEnvironmentVariable(TestSuite.DeviceVariable));
        Assert.SkipWhen(device is null, "no CUDA device is here");
        Assert.SkipWhen(device!.Kind != GpuKind.Cuda, $"{device.Id} is no CUDA device");
        using var backend = new GpuBackend(device);
        test(backend);
    }

    private static GpuDevice? Device(string? id) => string.IsNullOrEmpty(id)
        ? GpuDevice.All.FirstOrDefault(found => found.Kind == GpuKind.Cuda)
        : GpuDevice.Find(id) ?? throw new ArgumentException($"there is no device '{id}' here");
}

using AiKernels.Formats;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Gpu.Tests;

/// <summary>
/// Products with weights that are floats, by groups of threads as on CUDA devices; <see cref="BitEqualityTests"/> has them
/// by single threads.
/// </summary>
public sealed class FloatProductTests : IClassFixture<EmulatedBackends>
{
    private static readonly TrialSizes Small = new(Tokens: 40, Rows: 70, Inputs: 70, Blocks: 2, HeadLength: 64, Context: 200);

    private readonly EmulatedBackends _backends;

    public FloatProductTests(EmulatedBackends backends) => _backends = backends;

    public static TheoryData<GgmlType> Formats => [GgmlType.F32, GgmlType.F16, GgmlType.BF16];

    [Theory]
    [MemberData(nameof(Formats))]
    public void One_token_has_the_bits_of_its_definition(GgmlType type) =>
        ForAll(4, (pair, random) => ProductTrials.Gated(pair, random, type, tokens: 1, rows: random.Next(1, 50), columns: random.Next(1, 400)));

    /// <summary>Around stages of 64 or 128 inputs, pairs of them, and blocks of 32.</summary>
    [Theory]
    [InlineData(GgmlType.F32, 63)]
    [InlineData(GgmlType.F32, 64)]
    [InlineData(GgmlType.F32, 193)]
    [InlineData(GgmlType.F16, 127)]
    [InlineData(GgmlType.F16, 161)]
    [InlineData(GgmlType.F16, 256)]
    [InlineData(GgmlType.F16, 513)]
    [InlineData(GgmlType.BF16, 257)]
    public void Stages_follow_each_other(GgmlType type, int columns) =>
        ForAll(1, (pair, random) => ProductTrials.Gated(pair, random, type, tokens: 2, rows: 17, columns));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Few_tokens_have_the_bits_of_their_definition(GgmlType type) =>
        ForAll(3, (pair, random) => ProductTrials.Gated(pair, random, type, random.Next(2, 9), rows: random.Next(1, 50), columns: random.Next(1, 200)));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Some_tokens_by_tiles_have_the_bits_of_their_definition(GgmlType type) =>
        ForAll(3, (pair, random) => ProductTrials.Gated(pair, random, type, random.Next(9, 70), rows: random.Next(1, 140), columns: random.Next(1, 70)));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Any_shape_has_the_bits_of_its_definition(GgmlType type) =>
        ForAll(6, (pair, random) => ProductTrials.AnyShape(pair, random, type, Small));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Numbers_of_random_bytes_multiply_like_their_definition(GgmlType type) =>
        ForAll(6, (pair, random) => ProductTrials.RandomBytes(pair, random, type, Small));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Sums_of_minus_zero_stay_so(GgmlType type) =>
        ForAll(1, (pair, _) => ProductTrials.VanishingSums(pair, type, 1, 2, 9));

    private void ForAll(int count, Action<BackendPair, Random> trial) => Seeds.ForAll(count, random =>
    {
        using var pair = new BackendPair(_backends.ByWarps);
        trial(pair, random);
    });
}

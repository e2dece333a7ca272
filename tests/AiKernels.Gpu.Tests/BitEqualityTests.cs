using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Tests;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Gpu.Tests;

/// <summary>
/// Every operation gives the bits of its definition, on ILGPU's CPU accelerator. That runs the kernels' C#, with all their
/// groups, barriers and shuffles; what CUDA devices get is read in <see cref="Kernels.PtxTests"/>.
/// </summary>
public sealed class BitEqualityTests : IClassFixture<EmulatedBackends>
{
    // The emulator takes a fraction of a millisecond for each barrier.
    private static readonly TrialSizes Small = new(Tokens: 5, Rows: 40, Inputs: 70, Blocks: 2, HeadLength: 64, Context: 200);

    private readonly EmulatedBackends _backends;

    public BitEqualityTests(EmulatedBackends backends) => _backends = backends;

    public static TheoryData<GgmlType> Formats => new(SupportedFormats.All.Select(format => format.Type));

    public static TheoryData<GgmlType> KeyValueTypes => new(KeyValueShape.Types);

    /// <summary>Formats whose products warps make together.</summary>
    public static TheoryData<GgmlType> BlockFormats => [GgmlType.Q8_0, GgmlType.Q4_0, GgmlType.Q4_K, GgmlType.Q6_K];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_product_by_rows_has_the_bits_of_its_definition(GgmlType type) =>
        ForAll(6, _backends.ByRows, (pair, random) => ProductTrials.AnyShape(pair, random, type, Small));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Blocks_of_random_bytes_multiply_by_rows_like_their_definition(GgmlType type) =>
        ForAll(4, _backends.ByRows, (pair, random) => ProductTrials.RandomBytes(pair, random, type, Small));

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void One_token_by_warps_has_the_bits_of_its_definition(GgmlType type) =>
        ForAll(4, _backends.ByWarps, (pair, random) => ProductTrials.Gated(
            pair, random, type, tokens: 1, rows: random.Next(1, 50), columns: type.Block().Elements * random.Next(1, 36)));

    /// <summary>Around a full stage of 32 segments, and two.</summary>
    [Theory]
    [InlineData(GgmlType.Q8_0, 31)]
    [InlineData(GgmlType.Q8_0, 33)]
    [InlineData(GgmlType.Q4_0, 64)]
    [InlineData(GgmlType.Q4_0, 65)]
    [InlineData(GgmlType.Q4_K, 33)]
    [InlineData(GgmlType.Q6_K, 33)]
    public void Stages_of_segments_follow_each_other(GgmlType type, int segments) => ForAll(1, _backends.ByWarps, (pair, random) =>
        ProductTrials.Gated(pair, random, type, tokens: 2, rows: 20, columns: type.Block().Elements * segments));

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Any_shape_by_warps_has_the_bits_of_its_definition(GgmlType type) =>
        ForAll(4, _backends.ByWarps, (pair, random) => ProductTrials.AnyShape(pair, random, type, Small));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Any_shape_without_tensor_cores_has_the_bits_of_its_definition(GgmlType type) =>
        ForAll(3, _backends.WithoutTensorCores, (pair, random) => ProductTrials.AnyShape(pair, random, type, Small with { Tokens = 12 }));

    /// <summary>A token more than a tile, and a panel more than a group of two warps has.</summary>
    [Fact]
    public void Several_tiles_lie_side_by_side() => ForAll(1, _backends.ByWarps, (pair, random) =>
        ProductTrials.Gated(pair, random, GgmlType.Q4_0, tokens: 65, rows: 33, columns: 96));

    /// <summary>Up to three neighbours of one format, with and without gates of theirs; others have launches of their own.</summary>
    [Fact]
    public void Several_products_of_one_token_share_launches() => ForAll(2, _backends.ByWarps, (pair, random) =>
    {
        const int columns = 512;
        var (type, other) = (GgmlType.Q4_K, GgmlType.Q6_K);
        var x = pair.Tensor(1, columns, RandomNumbers.Normal(random, columns));
        (GgmlType Type, GgmlType? Gate)[] kinds =
            [(type, null), (type, type), (type, null), (type, null), (other, null), (type, other), (GgmlType.F16, null), (other, other)];
        var products = kinds.Select(kind =>
        {
            var rows = random.Next(1, 40);
            (Weight Reference, Weight Other) Weight(GgmlType of) => pair.Weight(of, rows, columns, RandomNumbers.Stored(random, of, rows, columns));
            return (W: Weight(kind.Type), Gate: kind.Gate is { } gate ? Weight(gate) : default, Y: pair.Tensor(1, rows, new float[rows]));
        }).ToArray();

        pair.Reference.MatMul(x.Reference, [.. products.Select(p => new Projection(p.W.Reference, p.Y.Reference, Gate: p.Gate.Reference))]);
        pair.Other.MatMul(x.Other, [.. products.Select(p => new Projection(p.W.Other, p.Y.Other, Gate: p.Gate.Other))]);
        Assert.All(products, product => pair.AssertSame(product.Y));
    });

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Some_tokens_by_tiles_have_the_bits_of_their_definition(GgmlType type) =>
        ForAll(1, _backends.ByWarps, (pair, random) => ProductTrials.Gated(
            pair, random, type, tokens: random.Next(9, 40), rows: random.Next(20, 70), columns: type.Block().Elements * 2));

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Blocks_of_random_bytes_multiply_by_warps_like_their_definition(GgmlType type) =>
        ForAll(3, _backends.ByWarps, (pair, random) => ProductTrials.RandomBytes(pair, random, type, Small));

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Blocks_of_random_bytes_multiply_by_tiles_like_their_definition(GgmlType type) =>
        ForAll(1, _backends.ByWarps, (pair, random) => ProductTrials.RandomBytes(pair, random, type, Small with { Tokens = 9 }));

    [Theory]
    [InlineData(GgmlType.Q8_0, 0x80)]
    [InlineData(GgmlType.Q4_0, 0x00)]
    [InlineData(GgmlType.Q4_K, 0xFF)]
    [InlineData(GgmlType.Q6_K, 0xFF)]
    public void The_largest_sums_fit(GgmlType type, byte fill)
    {
        using var pair = new BackendPair(_backends.ByWarps);
        ProductTrials.LargestSums(pair, type, fill, activation: 1, 1, 9);
    }

    [Fact]
    public void Several_products_of_mixed_formats_follow_each_other() =>
        ForAll(2, _backends.ByRows, (pair, random) => ProductTrials.MixedFormats(pair, random, Small));

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_embedding_is_the_stored_row(GgmlType type) =>
        ForAll(4, _backends.ByRows, (pair, random) => RowTrials.Embedding(pair, random, type));

    [Fact]
    public void Gathered_rows_are_copies() => ForAll(10, _backends.ByRows, RowTrials.Gathering);

    /// <summary>One piece, several, and so many that what is left of them is several again.</summary>
    [Theory]
    [InlineData(50)]
    [InlineData(1025)]
    [InlineData(3000)]
    public void The_largest_numbers_are_ranked(int columns) =>
        ForAll(3, _backends.ByRows, (pair, random) => RowTrials.Ranking(pair, random, columns));

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_norm_and_its_product_have_the_bits_of_their_definitions(GgmlType type) =>
        ForAll(5, _backends.ByRows, (pair, random) => RowTrials.NormAndProduct(pair, random, type));

    [Fact]
    public void Norm_and_rotation_have_the_bits_of_their_definitions() => ForAll(20, _backends.ByRows, RowTrials.NormAndRotation);

    [Fact]
    public void A_Hadamard_transform_has_the_bits_of_its_definition() =>
        ForAll(15, _backends.ByRows, (pair, random) => RowTrials.HadamardTransform(pair, random, longest: 128));

    [Fact]
    public void Attention_has_the_bits_of_its_definition() =>
        ForAll(8, _backends.ByRows, (pair, random) => AttentionTrials.GrowingSequences(pair, random, Small));

    [Theory]
    [MemberData(nameof(KeyValueTypes))]
    public void Turned_keys_are_stored(GgmlType type) =>
        ForAll(20, _backends.ByRows, (pair, random) => AttentionTrials.TurnedKeys(pair, random, type));

    [Theory]
    [MemberData(nameof(KeyValueTypes))]
    public void Images_of_pages_go_over_and_back(GgmlType type) =>
        ForAll(4, _backends.ByRows, (pair, random) => PageTrials.Images(pair, random, Small, type));

    [Theory]
    [MemberData(nameof(KeyValueTypes))]
    public void Pages_hold_what_their_definition_says(GgmlType type) =>
        ForAll(3, _backends.ByRows, (pair, random) => PageTrials.Walk(pair, random, Small, type));

    /// <summary>Enough tokens for tiles of queries, of two sequences, over several segments.</summary>
    [Fact]
    public void Attention_by_tiles_has_the_bits_of_its_definition() =>
        ForAll(6, _backends.ByRows, (pair, random) => AttentionTrials.GrowingSequences(pair, random, Small with { Tokens = 40 }));

    /// <summary>Rows whose last segment is another one than their neighbours'; a tile that has few.</summary>
    [Theory]
    [InlineData(GgmlType.F32, 118)]
    [InlineData(GgmlType.F16, 50)]
    [InlineData(GgmlType.BF16, 60)]
    [InlineData(GgmlType.Q8_0, 124)]
    [InlineData(GgmlType.Q4_0, 55)]
    public void Tiles_end_where_their_rows_do(GgmlType type, int before) =>
        ForAll(1, _backends.ByRows, (pair, random) => AttentionTrials.LongContext(pair, random, type, before, added: 15));

    [Theory]
    [InlineData(GgmlType.F32, 130, 1)]
    [InlineData(GgmlType.F16, 200, 2)]
    [InlineData(GgmlType.BF16, 129, 2)]
    [InlineData(GgmlType.Q8_0, 127, 1)]
    [InlineData(GgmlType.Q4_0, 140, 1)]
    public void A_long_context_has_the_bits_of_its_definition(GgmlType type, int before, int added) =>
        ForAll(1, _backends.ByRows, (pair, random) => AttentionTrials.LongContext(pair, random, type, before, added));

    [Theory]
    [InlineData(GgmlType.F32, 64)]
    [InlineData(GgmlType.F16, 128)]
    [InlineData(GgmlType.BF16, 64)]
    [InlineData(GgmlType.Q8_0, 64)]
    [InlineData(GgmlType.Q4_0, 128)]
    public void What_a_page_held_before_does_not_matter(GgmlType type, int pageLength) =>
        ForAll(1, _backends.ByRows, (pair, random) => AttentionTrials.StalePage(pair, random, type, pageLength));

    private static void ForAll(int count, GpuBackend backend, Action<BackendPair, Random> trial) => Seeds.ForAll(count, random =>
    {
        using var pair = new BackendPair(backend);
        trial(pair, random);
    });
}

using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Tests.Cpu;

/// <summary>Every kernel on every instruction set and number of threads gives the bits of the scalar definition.</summary>
public class BitEqualityTests
{
    public static TheoryData<string> Sets => new(InstructionSets.Names);

    public static TheoryData<string, GgmlType> SetsAndFormats
    {
        get
        {
            var data = new TheoryData<string, GgmlType>();
            foreach (var set in InstructionSets.Names)
            {
                foreach (var format in SupportedFormats.All)
                {
                    data.Add(set, format.Type);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(SetsAndFormats))]
    public void A_product_has_the_bits_of_its_definition(string instructionSet, GgmlType type) =>
        Seeds.ForAll(30, random => Try(
            instructionSet, random.Next(1, 4), pair => ProductTrials.AnyShape(pair, random, type, TrialSizes.Full)));

    [Theory]
    [InlineData(GgmlType.F16, 90)]
    [InlineData(GgmlType.Q8_0, 288)]
    [InlineData(GgmlType.Q4_0, 288)]
    [InlineData(GgmlType.Q4_K, 512)]
    [InlineData(GgmlType.Q6_K, 512)]
    public void More_tokens_and_rows_than_one_pass_takes_have_the_bits_of_their_definition(GgmlType type, int columns)
    {
        // The records of 288 inputs end in a short one; 167 rows are eleven panels, of which the last is half empty.
        foreach (var tokens in (int[])[PanelKernel.MaxTokens + 1, PanelKernel.MaxTokens - 1, 9])
        {
            foreach (var set in InstructionSet.Supported)
            {
                Try(set.Name, 2, pair => ProductTrials.Gated(pair, new Random(9), type, tokens, 167, columns));
            }
        }
    }

    [Theory]
    [MemberData(nameof(SetsAndFormats))]
    public void Blocks_of_random_bytes_multiply_like_their_definition(string instructionSet, GgmlType type) =>
        Seeds.ForAll(20, random => Try(
            instructionSet, 1, pair => ProductTrials.RandomBytes(pair, random, type, TrialSizes.Full)));

    [Theory]
    [MemberData(nameof(SetsAndFormats))]
    public void An_embedding_is_the_stored_row(string instructionSet, GgmlType type) =>
        Seeds.ForAll(10, random => Try(instructionSet, 2, pair => RowTrials.Embedding(pair, random, type)));

    [Theory]
    [MemberData(nameof(Sets))]
    public void Gathered_rows_are_copies(string instructionSet) =>
        Seeds.ForAll(10, random => Try(instructionSet, 2, pair => RowTrials.Gathering(pair, random)));

    [Fact]
    public void The_largest_numbers_are_ranked() => Seeds.ForAll(200, random => Try(
        InstructionSet.Supported[0].Name, 1, pair => RowTrials.Ranking(pair, random, random.Next(1, 1000))));

    [Theory]
    [MemberData(nameof(Sets))]
    public void Several_products_of_mixed_formats_are_one_dispatch(string instructionSet) =>
        Try(instructionSet, 3, pair => ProductTrials.MixedFormats(pair, new Random(7), TrialSizes.Full));

    [Theory]
    [MemberData(nameof(Sets))]
    public void Norm_and_rotation_have_the_bits_of_their_definitions(string instructionSet) =>
        Seeds.ForAll(60, random => Try(
            instructionSet, random.Next(1, 4), pair => RowTrials.NormAndRotation(pair, random)));

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_Hadamard_transform_has_the_bits_of_its_definition(string instructionSet) =>
        Seeds.ForAll(60, random => Try(
            instructionSet, random.Next(1, 4), pair => RowTrials.HadamardTransform(pair, random, longest: 512)));

    [Theory]
    [MemberData(nameof(Sets))]
    public void Attention_has_the_bits_of_its_definition(string instructionSet) =>
        Seeds.ForAll(25, random => Try(
            instructionSet, random.Next(1, 4), pair => AttentionTrials.GrowingSequences(pair, random, TrialSizes.Full)));

    [Theory]
    [MemberData(nameof(Sets))]
    public void Pages_hold_what_their_definition_says(string instructionSet) => Seeds.ForAll(40, random =>
    {
        Try(instructionSet, random.Next(1, 4), pair => PageTrials.Images(pair, random, TrialSizes.Full, AttentionTrials.AnyType(random)));
        Try(instructionSet, random.Next(1, 4), pair => PageTrials.Walk(pair, random, TrialSizes.Full, AttentionTrials.AnyType(random)));
    });

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_long_context_split_over_threads_has_the_bits_of_its_definition(string instructionSet)
    {
        var random = new Random(5);
        foreach (var (before, added, threads, type) in ((int, int, int, GgmlType)[])
            [(700, 1, 3, GgmlType.F16), (700, 5, 2, GgmlType.F32), (572, 9, 64, GgmlType.Q8_0), (511, 1, 2, GgmlType.Q8_0),
             (700, 3, 3, GgmlType.BF16), (572, 9, 64, GgmlType.Q4_0), (511, 1, 2, GgmlType.Q4_0)])
        {
            Try(instructionSet, threads, pair => AttentionTrials.LongContext(pair, random, type, before, added));
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void What_a_page_held_before_does_not_matter(string instructionSet)
    {
        var random = new Random(11);
        foreach (var (type, pageLength) in ((GgmlType, int)[])
            [(GgmlType.F32, 64), (GgmlType.F16, 128), (GgmlType.BF16, 64), (GgmlType.Q8_0, 64), (GgmlType.Q8_0, 192), (GgmlType.Q4_0, 128)])
        {
            Try(instructionSet, 2, pair => AttentionTrials.StalePage(pair, random, type, pageLength));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    public void The_number_of_threads_changes_no_bit(int threads) => Try(
        InstructionSets.Names.First(),
        threads,
        pair => ProductTrials.Repeated(pair, new Random(3), GgmlType.Q4_K, 9, 1000, 512, repetitions: 50));

    private static void Try(string instructionSet, int threads, Action<BackendPair> trial)
    {
        using var backend = InstructionSets.Backend(instructionSet, threads);
        using var pair = new BackendPair(backend);
        trial(pair);
    }
}

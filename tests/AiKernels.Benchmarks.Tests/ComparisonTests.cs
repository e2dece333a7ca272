using AiKernels.Benchmarks.Peers;
using AiKernels.Benchmarks.Reports;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Models;
using Xunit;

namespace AiKernels.Benchmarks.Tests;

/// <summary>Ratios, intensities and fractions, worked out by hand.</summary>
public class ComparisonTests
{
    private static readonly DecoderWork Work = new(WeightBytes: 1000, LayerMultiplyAdds: 700, OutputMultiplyAdds: 300, KeyValueBytes: 2);

    private static readonly Roofline Machine = new(BytesPerSecond: 50_000, Streams: 4, OperationsPerSecond: 400_000, "unit");

    [Fact]
    public void The_best_are_compared_with_each_other_and_pairs_among_themselves()
    {
        var comparison = Compare(Decode(sequences: 1), (10, 5), (30, 10), (12, 8));
        Assert.Equal((30, 10), (comparison.OursBest, comparison.PeerBest));
        Assert.Equal((12, 8), (comparison.OursMedian, comparison.PeerMedian));
        Assert.Equal(3, comparison.BestRatio);
        Assert.Equal(2, comparison.MedianRatio); // Of 2, 3 and 1.5.
    }

    [Fact]
    public void Of_two_middle_values_the_median_is_their_mean() =>
        Assert.Equal(2.5, Compare(Decode(sequences: 1), (2, 1), (3, 1)).MedianRatio);

    [Fact]
    public void A_decoded_token_reads_all_weights_and_the_positions_up_to_its_own()
    {
        // Positions 11 to 13, so 12 on average.
        var scenario = Decode(sequences: 1);
        Assert.Equal(1000 + (12 * 2), scenario.BytesPerToken(Work));
        Assert.Equal(2 * 1000, scenario.OperationsPerToken(Work));
        Assert.Equal(2000.0 / 1024, Compare(scenario, (1, 1)).Intensity);
        Assert.Equal(20 * 1024 / 50_000.0, PeersReport.Fraction(Compare(scenario, (20, 1)), Machine), 12);
    }

    [Fact]
    public void Sequences_share_the_weights_but_not_their_keys_and_values()
    {
        var scenario = Decode(sequences: 4);
        Assert.Equal((1000 / 4.0) + (12 * 2), scenario.BytesPerToken(Work));
        Assert.Equal(2 * 1000, scenario.OperationsPerToken(Work));
    }

    [Fact]
    public void A_prompt_reads_the_weights_once_a_step_and_computes_one_tokens_logits()
    {
        // Steps of 512 and 88 tokens, behind 100.
        var scenario = new Scenario("", Phase.Prefill, Tokens: 600, Depth: 100, Sequences: 1);
        Assert.Equal((1000 + (612 * 2) + 1000 + (700 * 2)) / 600.0, scenario.BytesPerToken(Work));
        Assert.Equal(2 * ((700 * 600) + 300) / 600.0, scenario.OperationsPerToken(Work));
        Assert.Equal(20 * 1401 / 400_000.0, PeersReport.Fraction(Compare(scenario, (20, 1)), Machine), 12);
    }

    [Fact]
    public void A_report_has_a_row_for_each_comparison_and_a_plot_for_each_type()
    {
        var plan = new PeersPlan
        {
            Shape = "tiny",
            Types = ["Q4_0"],
            Pairings = [],
            Prompt = 1,
            Generate = 1,
            Depth = 1,
            Sequences = 1,
            Rounds = 1,
            Threads = 1,
            KeyValueType = GgmlType.F32,
            Output = "",
        };
        Comparison[] comparisons = [Compare(Decode(1), (20, 10)), Compare(Decode(4), (2, 8))];
        var report = new PeersReport(new PeersResult(plan, comparisons, [Machine], ["a note"]), "peers");
        var lines = report.Markdown(new DateTime(2026, 11, 21, 0, 0, 0, DateTimeKind.Utc)).Split('\n');
        Assert.Contains("| decode 3 at depth 10 | `auto` | 20.0 (20.0) | 10.0 (10.0) | 2.00 | 2.00 | 41.0 % |", lines);
        Assert.Contains("| decode 3 at depth 10, 4 sequences | `auto` | 2.0 (2.0) | 8.0 (8.0) | 0.25 | 0.25 | 1.1 % |", lines);
        Assert.Contains("- a note", lines);
        Assert.Contains("![roofline](roofline-Q4_0.svg)", lines);
    }

    private static Scenario Decode(int sequences) => new("", Phase.Decode, Tokens: 3, Depth: 10, sequences);

    private static Comparison Compare(Scenario scenario, params (double, double)[] pairs) =>
        new("Q4_0", Pairing.Parse("auto"), scenario, Work, pairs);
}

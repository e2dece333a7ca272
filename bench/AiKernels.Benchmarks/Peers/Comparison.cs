using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Peers;

/// <summary>A scenario in both engines, pair by pair.</summary>
/// <param name="Type">How weights are stored.</param>
/// <param name="Pairing">Which variants.</param>
/// <param name="Scenario">What was timed.</param>
/// <param name="Work">What steps read and multiply.</param>
/// <param name="Pairs">Tokens per second of each round, ours and the peer's next to it.</param>
internal sealed record Comparison(
    string Type, Pairing Pairing, Scenario Scenario, DecoderWork Work, IReadOnlyList<(double Ours, double Peer)> Pairs)
{
    /// <summary>Our tokens per second, the best round's.</summary>
    public double OursBest => Pairs.Max(pair => pair.Ours);

    /// <summary>The peer's tokens per second, the best round's.</summary>
    public double PeerBest => Pairs.Max(pair => pair.Peer);

    /// <summary>Our median.</summary>
    public double OursMedian => Median(Pairs.Select(pair => pair.Ours));

    /// <summary>The peer's median.</summary>
    public double PeerMedian => Median(Pairs.Select(pair => pair.Peer));

    /// <summary>Our best by the peer's best.</summary>
    public double BestRatio => OursBest / PeerBest;

    /// <summary>The median of the pairs' ratios: the two of a pair saw the machine in much the same mood.</summary>
    public double MedianRatio => Median(Pairs.Select(pair => pair.Ours / pair.Peer));

    /// <summary>Operations for each byte that has to be read: where it stands under the roofline.</summary>
    public double Intensity => Scenario.OperationsPerToken(Work) / Scenario.BytesPerToken(Work);

    private static double Median(IEnumerable<double> values)
    {
        double[] ascending = [.. values.Order()];
        return (ascending[(ascending.Length - 1) / 2] + ascending[ascending.Length / 2]) / 2;
    }
}

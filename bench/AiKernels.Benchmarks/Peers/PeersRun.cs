using AiKernels.Cpu;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Peers;

/// <summary>Runs the comparison: for each type a file, for each pairing two processes, which take turns.</summary>
/// <param name="plan">What is compared.</param>
/// <param name="progress">Where people can watch.</param>
/// <param name="keep">Called with all results so far after each pairing: a run takes hours, and may not come to its end.</param>
internal sealed class PeersRun(PeersPlan plan, TextWriter progress, Action<PeersResult> keep)
{
    // Threads of an engine that has just finished may spin for a while; the other one should not pay for that.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly List<Comparison> _comparisons = [];
    private readonly List<Roofline> _rooflines = [];
    private readonly List<string> _notes = [];

    private PeersResult Result => new(plan, [.. _comparisons], [.. _rooflines], [.. _notes]);

    /// <summary>Measures everything.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; files and processes are gone.</exception>
    public PeersResult Run(CancellationToken cancellation)
    {
        MeasureMachine(cancellation);
        foreach (var type in plan.Types)
        {
            progress.WriteLine($"{type}: writing {plan.Shape}");
            using var model = new ForgedModel(plan.Shape, QuantizationRecipe.Parse(type));
            foreach (var pairing in plan.Pairings)
            {
                Compare(type, model, pairing, cancellation);
                MeasureMachine(cancellation);
                keep(Result);
            }
        }

        return Result;
    }

    private void Compare(string type, ForgedModel model, Pairing pairing, CancellationToken cancellation)
    {
        string[] common = [model.Path, $"{plan.Threads}"];
        try
        {
            using var ours = new WorkerProcess([Worker.Ours, .. common, $"{plan.KeyValueType}"], pairing.Settings, cancellation);
            using var peer = new WorkerProcess([Worker.Peer, .. common, pairing.Variant ?? Pairing.Auto], [], cancellation);
            progress.WriteLine($"{type}, {pairing.Text}: {ours.Description} and {peer.Description}");
            _notes.Add($"{type}, `{pairing.Text}`: {ours.Description} and {peer.Description}");
            Scenario[] scenarios = [.. Scenario.All(plan).Where(scenario => pairing.Scenarios.Contains(scenario.Name))];
            foreach (var scenario in scenarios)
            {
                // As much room as any later one will need, or contexts would have to be filled again.
                var positions = scenarios.Where(other => other.Sequences == scenario.Sequences).Max(other => other.Positions);
                var pairs = Alternate(ours, peer, scenario, positions);
                _comparisons.Add(new Comparison(type, pairing, scenario, ours.Work, pairs));
            }
        }
        catch (InvalidOperationException problem)
        {
            // A variant that this machine can't run, for one: the others are still worth knowing.
            progress.WriteLine($"{type}, {pairing.Text}: {problem.Message}");
            _notes.Add($"{type}, `{pairing.Text}`: not measured to the end: {problem.Message}");
        }
    }

    private List<(double Ours, double Peer)> Alternate(WorkerProcess ours, WorkerProcess peer, Scenario scenario, int positions)
    {
        double Measure(WorkerProcess worker, Scenario what)
        {
            Thread.Sleep(Pause);
            return worker.Measure(what, positions);
        }

        Measure(ours, scenario.Warmup);
        Measure(peer, scenario.Warmup);
        var pairs = new List<(double Ours, double Peer)>();
        for (var round = 0; round < plan.Rounds; round++)
        {
            pairs.Add((Measure(ours, scenario), Measure(peer, scenario)));
            progress.WriteLine(FormattableString.Invariant(
                $"  {scenario}: {pairs[^1].Ours:F1} and {pairs[^1].Peer:F1} tokens/s, {pairs[^1].Ours / pairs[^1].Peer:F2} times"));
        }

        return pairs;
    }

    private void MeasureMachine(CancellationToken cancellation)
    {
        var roofline = Roofline.Measure(plan.Threads, cancellation);
        progress.WriteLine(FormattableString.Invariant(
            $"the machine reads {roofline.BytesPerSecond / 1e9:F1} GB/s and multiplies {roofline.OperationsPerSecond / 1e12:F2} TOPS"));
        _rooflines.Add(roofline);
    }
}

/// <summary>What a run gave.</summary>
/// <param name="Plan">What was compared.</param>
/// <param name="Comparisons">Every scenario of every pairing and type.</param>
/// <param name="Rooflines">The machine, before and after each pairing.</param>
/// <param name="Notes">What computed, and what could not be measured.</param>
internal sealed record PeersResult(
    PeersPlan Plan, IReadOnlyList<Comparison> Comparisons, IReadOnlyList<Roofline> Rooflines, IReadOnlyList<string> Notes)
{
    /// <summary>The highest roofs of the whole run.</summary>
    public Roofline Roofline => Rooflines.Aggregate(Roofline.Highest);
}

using System.Globalization;
using System.Text;
using AiKernels.Benchmarks.Peers;
using AiKernels.Cpu;

namespace AiKernels.Benchmarks.Reports;

/// <summary>A comparison as Markdown, with a roofline plot for each type.</summary>
/// <param name="result">What was measured.</param>
/// <param name="commandLine">How to measure it again.</param>
internal sealed class PeersReport(PeersResult result, string commandLine)
{
    private const string MarkdownName = "peers.md";

    /// <summary>Writes all files to a folder, and gives the Markdown.</summary>
    public string WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var type in Types)
        {
            File.WriteAllText(Path.Combine(folder, PlotName(type)), Plot(type));
        }

        var markdown = Markdown(DateTime.UtcNow);
        File.WriteAllText(Path.Combine(folder, MarkdownName), markdown);
        return markdown;
    }

    /// <summary>The tables.</summary>
    internal string Markdown(DateTime date)
    {
        var plan = result.Plan;
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# AiKernels and llama.cpp v0.5.0, {plan.Shape}");
        Line($"");
        Line($"{Machine.Description}; {plan.Threads} threads; {date:yyyy-MM-dd}; alternating rounds: {plan.Rounds}.");
        Line($"");
        Line($"    dotnet run -c Release --project bench/AiKernels.Benchmarks -- {commandLine}");
        Line($"");
        Line($"Memory reads {result.Rooflines.Min(r => r.BytesPerSecond) / 1e9:F1} to {result.Roofline.BytesPerSecond / 1e9:F1} GB/s,");
        Line($"multipliers do {result.Rooflines.Min(r => r.OperationsPerSecond) / 1e12:F2} to {result.Roofline.OperationsPerSecond / 1e12:F2} TOPS ({result.Roofline.MultiplyUnit}),");
        Line($"in {result.Rooflines.Count} measurements before, between and after.");
        Line($"");
        foreach (var note in result.Notes)
        {
            Line($"- {note}");
        }

        foreach (var type in Types)
        {
            Line($"");
            Line($"## {type}");
            Line($"");
            Line($"| | pair | AiKernels, tok/s | llama.cpp, tok/s | ratio of the best | median ratio | of the roofline |");
            Line($"|---|---|---|---|---|---|---|");
            foreach (var c in Of(type))
            {
                Line($"| {c.Scenario} | `{c.Pairing.Text}` | {c.OursBest:F1} ({c.OursMedian:F1}) | {c.PeerBest:F1} ({c.PeerMedian:F1}) | {c.BestRatio:F2} | {c.MedianRatio:F2} | {100 * Fraction(c, result.Roofline):F1} % |");
            }

            Line($"");
            Line($"![roofline]({PlotName(type)})");
        }

        Line($"");
        Line($"Tokens per second are the best round's, the median in brackets; several sequences' are counted together.");
        return text.ToString();
    }

    /// <summary>Ours, of what the memory allows for decoding, or the multipliers for prompts.</summary>
    internal static double Fraction(Comparison comparison, Roofline roofline)
    {
        var (scenario, work) = (comparison.Scenario, comparison.Work);
        return scenario.Phase == Phase.Decode
            ? comparison.OursBest * scenario.BytesPerToken(work) / roofline.BytesPerSecond
            : comparison.OursBest * scenario.OperationsPerToken(work) / roofline.OperationsPerSecond;
    }

    private IEnumerable<string> Types => result.Comparisons.Select(comparison => comparison.Type).Distinct();

    private static string PlotName(string type) => $"roofline-{type}.svg";

    private IEnumerable<Comparison> Of(string type) => result.Comparisons.Where(comparison => comparison.Type == type);

    private string Plot(string type)
    {
        RooflinePoint[] points =
        [
            .. from comparison in Of(type)
               let operations = comparison.Scenario.OperationsPerToken(comparison.Work)
               select new RooflinePoint(
                   $"{comparison.Scenario}, {comparison.Pairing.Variant ?? Pairing.Auto}",
                   comparison.Intensity,
                   comparison.OursBest * operations,
                   comparison.PeerBest * operations),
        ];
        return new RooflinePlot($"{result.Plan.Shape} in {type}, {result.Plan.Threads} threads", result.Roofline, points).Draw();
    }
}

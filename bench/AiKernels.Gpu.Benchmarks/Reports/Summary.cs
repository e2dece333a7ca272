using System.Text;
using static System.FormattableString;

namespace AiKernels.Gpu.Benchmarks.Reports;

/// <summary>The figures that count, short enough for a screen or two.</summary>
internal static class Summary
{
    // What the backend is to reach at the default shape on a data centre's GPU.
    private const double DecodeGoal = 0.60, PrefillGoal = 0.25;

    // Few enough tokens that memory is the limit; more are counted in operations.
    private const int FewTokens = 16;

    private const int LongestOperations = 5;

    public static string Write(Plan plan, Results results)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append("- ").Append(Invariant(line)).Append('\n');
        Kernels(text, results);
        foreach (var step in results.Profile.GroupBy(entry => (entry.Step, entry.Type)))
        {
            var longest = step.Take(LongestOperations).Select(entry => Invariant($"{entry.Operation} {100 * entry.Share:F0} %"));
            Line($"device time of {step.Key.Step}, {step.Key.Type}: {step.Sum(entry => entry.Seconds) * 1e3:F2} ms: {string.Join("; ", longest)}");
        }

        results.Notes.ForEach(note => Line($"{note}"));
        if (results.Roofline is { } roofline)
        {
            Line($"bandwidth: {roofline.BytesPerSecond / 1e9:F0} GB/s, by {roofline.What}");
        }

        if (results.Peer is { } peer)
        {
            Line($"{peer.What}: {peer.OperationsPerSecond / 1e12:F1} TFLOPS, {peer.Tokens} tokens in {peer.Seconds * 1e3:F1} ms");
        }

        foreach (var one in results.Measurements.Where(one => one.Part == Part.Decode))
        {
            var layers = one.Times is { Device: { } device, Host: { } host }
                ? Invariant($"; the layers take the device {device * 1e3:F2} ms and the host {host * 1e3:F2} ms to enqueue")
                : "";
            var share = one.BytesPerSecond / results.Bandwidth;
            Line($"{one.What}, {one.Type}: {one.TokensPerSecond:F1} tok/s, {Percent(share)} of bandwidth{Goal(plan, share, DecodeGoal)}{layers}");
        }

        if (results.Measurements.Exists(one => one.Part == Part.Decode))
        {
            Line($"decode reads the largest logit of each token and no other, as temperature 0 needs it");
        }

        foreach (var one in results.Measurements.Where(one => one.Part == Part.Prefill))
        {
            var share = results.Peer?.Seconds / one.Seconds;
            Line($"{one.What}, {one.Type}: {one.TokensPerSecond:F0} tok/s, {one.OperationsPerSecond / 1e12:F1} TOPS, {Percent(share)} of cuBLAS{Goal(plan, share, PrefillGoal)}");
        }

        results.Failures.ForEach(failure => Line($"FAILED: {failure}"));
        return text.ToString();
    }

    /// <summary>A line for each product, a column for each number of tokens.</summary>
    private static void Kernels(StringBuilder text, Results results)
    {
        var products = results.Measurements.Where(one => one.Part == Part.Kernels).ToList();
        if (products.Count == 0)
        {
            return;
        }

        var tokens = products.Select(one => one.Tokens).Distinct().ToList();
        text.Append("Products: % of bandwidth for few tokens, TOPS for many; the time where neither says anything.\n\n").Append(MarkdownTable.Write(
            ["product", .. tokens.Select(count => Invariant($"{count}"))],
            [
                .. products.GroupBy(one => Invariant($"{one.What}, {one.Type}")).Select(row => (string[])
                    [row.Key, .. tokens.Select(count => row.FirstOrDefault(one => one.Tokens == count) is { } one ? Rate(one, results.Bandwidth) : "")]),
            ])).Append('\n');
    }

    private static string Rate(Measurement one, double? bandwidth) => one switch
    {
        { Tokens: < FewTokens, Bytes: > 0 } => Percent(one.BytesPerSecond / bandwidth),
        { Tokens: >= FewTokens, Operations: > 0 } => Invariant($"{one.OperationsPerSecond / 1e12:F1}"),
        _ => Invariant($"{one.Seconds * 1e6:F1} us"),
    };

    private static string Percent(double? share) => share is { } known ? Invariant($"{100 * known:F1} %") : "an unknown part";

    private static string Goal(Plan plan, double? share, double goal) =>
        share is null || plan.Shape != Plan.DefaultShape || !plan.Device.StartsWith("cuda", StringComparison.Ordinal) ? ""
            : Invariant($" (goal {100 * goal:F0} %, {(share >= goal ? "reached" : "missed")})");
}

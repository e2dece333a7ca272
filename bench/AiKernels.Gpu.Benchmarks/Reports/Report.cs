using System.Text;
using AiKernels.Benchmarks.Reports;
using static System.FormattableString;

namespace AiKernels.Gpu.Benchmarks.Reports;

/// <summary>All figures, as Markdown.</summary>
internal static class Report
{
    private static readonly string[] Columns =
        ["what", "weights", "tokens", "best, us", "median, us", "device, us", "host, us", "GB/s", "of bandwidth", "TOPS", "tok/s"];

    public static string Write(Plan plan, Results results)
    {
        var text = new StringBuilder();
        text.Append(Invariant($"# AiKernels on {results.Device}\n\n{Machine.Description}; {DateTime.UtcNow:yyyy-MM-dd}; shape {plan.Shape}.\n\n"));
        text.Append(Summary.Write(plan, results));
        foreach (var part in results.Measurements.GroupBy(one => one.Part))
        {
            text.Append(Invariant($"\n## {part.Key}\n\n"));
            text.Append(MarkdownTable.Write(Columns, [.. part.Select(one => Row(one, results.Bandwidth))]));
        }

        foreach (var profile in results.Profile.GroupBy(entry => (entry.Part, entry.Step, entry.Type)))
        {
            text.Append(Invariant($"\n## Device time of {profile.Key.Step}, {profile.Key.Type}\n\n"));
            text.Append(MarkdownTable.Write(["operation", "times", "us", "share"], [.. profile.Select(Row)]));
        }

        return text.ToString();
    }

    private static string[] Row(ProfileEntry entry) =>
        [entry.Operation, Invariant($"{entry.Count}"), Microseconds(entry.Seconds), Invariant($"{100 * entry.Share:F1} %")];

    private static string[] Row(Measurement one, double? bandwidth) =>
    [
        one.What,
        one.Type,
        one.Tokens > 0 ? Invariant($"{one.Tokens}") : "",
        Microseconds(one.Times.Best),
        Microseconds(one.Times.Median),
        Microseconds(one.Times.Device),
        Microseconds(one.Times.Host),
        one.Bytes > 0 ? Invariant($"{one.BytesPerSecond / 1e9:F1}") : "",
        one.Bytes > 0 && bandwidth is not null ? Invariant($"{100 * one.BytesPerSecond / bandwidth:F1} %") : "",
        one.Operations > 0 ? Invariant($"{one.OperationsPerSecond / 1e12:F2}") : "",
        one.Part >= Part.Cublas ? Invariant($"{one.TokensPerSecond:F1}") : "",
    ];

    private static string Microseconds(double? seconds) => seconds is { } known ? Invariant($"{known * 1e6:F1}") : "";
}

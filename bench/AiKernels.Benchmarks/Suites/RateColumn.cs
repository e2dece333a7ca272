using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace AiKernels.Benchmarks.Suites;

/// <summary>What an operation does, divided by its fastest time: machines have bad moments, but no good ones.</summary>
/// <param name="unit">The unit of the rate.</param>
/// <param name="amount">How much of it one operation does in a nanosecond.</param>
internal sealed class RateColumn(string unit, Func<BenchmarkCase, double> amount) : IColumn
{
    public string Id => $"{nameof(RateColumn)}.{unit}";

    public string ColumnName => unit;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"{unit} at the fastest time";

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase]?.ResultStatistics is { Min: > 0 } times
            ? (amount(benchmarkCase) / times.Min).ToString("F2", CultureInfo.InvariantCulture)
            : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
}

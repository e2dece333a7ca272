using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace AiKernels.Benchmarks.Suites;

/// <summary>How all suites run, with the one rate that counts in each.</summary>
/// <remarks>
/// In this process: an operation takes milliseconds, beside which the isolation of a process of its own buys nothing, and
/// a gigabyte of weights would be made for each.
/// </remarks>
internal class SuiteConfig : ManualConfig
{
    private const int LongestParameter = 40;

    // Of a whole suite's case, its setup included.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(30);

    /// <param name="unit">The rate's unit.</param>
    /// <param name="amount">How much of it an operation does, per nanosecond of its time.</param>
    protected SuiteConfig(string unit, Func<BenchmarkCase, double> amount)
    {
        AddJob(Job.Default
            .WithToolchain(new InProcessEmitToolchain(Timeout, logOutput: true))
            .WithWarmupCount(2)
            .WithIterationCount(7));
        SummaryStyle = SummaryStyle.Default.WithMaxParameterColumnWidth(LongestParameter);
        AddColumn(new RateColumn(unit, amount), StatisticColumn.Min);
    }
}

using AiKernels.Gpu.Benchmarks.Reports;
using AiKernels.Gpu.Benchmarks.Suites;

namespace AiKernels.Gpu.Benchmarks;

/// <summary>Runs a plan piece by piece; one that fails keeps the others from nothing.</summary>
/// <param name="plan">What to do.</param>
/// <param name="output">Receives the summary.</param>
/// <param name="progress">Receives a line as each piece begins.</param>
internal sealed class Run(Plan plan, TextWriter output, TextWriter progress)
{
    private readonly Results _results = new() { Device = plan.Device };

    /// <summary>Gives the exit code: 0 if nothing failed.</summary>
    public int Execute()
    {
        if (GpuDevice.Find(plan.Device) is null)
        {
            progress.WriteLine(
                $"there is no device '{plan.Device}' here; --device emulator:0 --shape tiny tries all of it without a GPU, very slowly");
            return 1;
        }

        if (plan.Parts.Contains(Part.Tests))
        {
            Do("tests", () => TestSuite.Run(plan, _results, AppContext.BaseDirectory));
        }

        foreach (var job in plan.Parts.Any(part => part != Part.Tests) ? Job.All(plan) : [])
        {
            Do(job.Name, () => job.RunApart(_results));
        }

        output.Write($"\n{_results.Device}, {plan.Shape}; all figures are in {plan.Output}\n\n{Summary.Write(plan, _results)}");
        output.Flush();
        return _results.Failures.Count == 0 ? 0 : 1;
    }

    private void Do(string name, Action piece)
    {
        progress.WriteLine($"{DateTime.Now:HH:mm:ss} {name}");
        piece();
        ResultFiles.Write(plan, _results); // So that a run that is cut short leaves what it has.
    }
}

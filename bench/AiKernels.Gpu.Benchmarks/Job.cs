using System.Diagnostics;
using AiKernels.Benchmarks.Engines;
using AiKernels.Gpu.Benchmarks.Reports;
using AiKernels.Gpu.Benchmarks.Suites;

namespace AiKernels.Gpu.Benchmarks;

/// <summary>
/// A piece of a run in a process of its own: after a kernel that reads where it mustn't a process can't use the device any
/// more, and one that never ends must be ended.
/// </summary>
/// <param name="Name">What it does.</param>
/// <param name="Plan">The run's plan, less all other pieces.</param>
internal sealed record Job(string Name, Plan Plan)
{
    /// <summary>Makes the program this process.</summary>
    public const string Command = "job";

    /// <summary>All pieces of a plan, the tests aside.</summary>
    public static IEnumerable<Job> All(Plan plan)
    {
        yield return new Job("bandwidth", plan with { Parts = [Part.Bandwidth] }); // Most figures are compared with it.
        foreach (var format in plan.Parts.Contains(Part.Kernels) ? plan.Formats : [])
        {
            yield return new Job($"products in {format}", plan with { Parts = [Part.Kernels], Formats = [format] });
        }

        if (plan.Parts.Any(part => part is Part.Prefill or Part.Cublas))
        {
            yield return new Job("cuBLAS", plan with { Parts = [Part.Cublas] });
        }

        Part[] ofModels = [.. plan.Parts.Where(part => part is Part.Decode or Part.Prefill)];
        foreach (var type in ofModels.Length > 0 ? plan.Types : [])
        {
            yield return new Job($"{plan.Shape} in {type}", plan with { Parts = ofModels, Types = [type] });
        }
    }

    /// <summary>Does it in another process. What that had found out when it failed or was ended counts.</summary>
    public void RunApart(Results results)
    {
        var folder = Directory.CreateTempSubdirectory("aikernels-gpu-");
        var (planFile, resultsFile) = (Path.Combine(folder.FullName, "plan.json"), Path.Combine(folder.FullName, "results.json"));
        try
        {
            ResultFiles.Write(planFile, Plan);
            using var process = Process.Start(OwnProgram.With(Command, planFile, resultsFile))!;
            var ended = process.WaitForExit(TimeSpan.FromSeconds(Plan.Limit));
            if (!ended)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                results.Failures.Add($"{Name}: ended after {Plan.Limit} s");
            }

            if (File.Exists(resultsFile))
            {
                results.Add(ResultFiles.Read<Results>(resultsFile), Name);
            }

            if (ended && process.ExitCode != 0)
            {
                results.Failures.Add($"{Name}: ended with code {process.ExitCode}; standard error says why");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Does it in this process, and leaves each figure in the file as it comes.</summary>
    public static int Run(string planFile, string resultsFile)
    {
        var (plan, results) = (ResultFiles.Read<Plan>(planFile), new Results());
        try
        {
            var device = GpuDevice.Find(plan.Device) ?? throw new ArgumentException($"there is no device '{plan.Device}' here");
            results.Device = $"{device.Id}, {device.Name}";
            foreach (var measurement in Measure(plan, device, results))
            {
                results.Measurements.Add(measurement);
                Keep(resultsFile, results);
            }
        }
#pragma warning disable CA1031 // Whatever a device or its driver makes of a kernel is a result, too.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            results.Failures.Add(failure.Message);
            Console.Error.WriteLine(failure);
        }

        Keep(resultsFile, results);
        return 0;
    }

    /// <summary>Whoever ends this process finds a whole file.</summary>
    private static void Keep(string file, Results results)
    {
        ResultFiles.Write($"{file}.new", results);
        File.Move($"{file}.new", file, overwrite: true);
    }

    private static IEnumerable<Measurement> Measure(Plan plan, GpuDevice device, Results results)
    {
        var products = new ProductSuite(device, plan);
        return plan.Parts.First() switch
        {
            Part.Bandwidth => [.. products.MeasureLaunch(), .. new BandwidthSuite(device, plan.Rounds).Measure()],
            Part.Kernels => plan.Formats.SelectMany(products.Measure),
            Part.Cublas => new CublasSuite(device, plan, results).Measure(),
            _ => plan.Types.SelectMany(new ModelSuite(device, plan, results).Measure),
        };
    }
}

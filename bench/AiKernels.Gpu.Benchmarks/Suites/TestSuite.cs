using System.ComponentModel;
using System.Diagnostics;
using System.Xml.Linq;
using AiKernels.Gpu.Benchmarks.Reports;

namespace AiKernels.Gpu.Benchmarks.Suites;

/// <summary>Runs the GPU test suite, a program that the bundle has beside this one.</summary>
internal static class TestSuite
{
    /// <summary>Names the device that the tests are to run on, by its id; without it they take the first.</summary>
    public const string DeviceVariable = "AIKERNELS_TEST_DEVICE";

    private const string Name = "AiKernels.Gpu.Tests";

    /// <summary>Runs the program in a folder. Where it isn't that is a failure if tests were asked for.</summary>
    public static void Run(Plan plan, Results results, string folder)
    {
        var program = Path.Combine(folder, Name);
        if (!File.Exists(program))
        {
            (plan.MustTest ? results.Failures : results.Notes).Add($"tests: {Name} is not beside this program, so none ran");
            return;
        }

        Directory.CreateDirectory(plan.Output);
        var report = Path.GetFullPath(Path.Combine(plan.Output, "tests.xml"));
        File.Delete(report); // An earlier run's must not speak for this one.
        try
        {
            using var tests = Process.Start(new ProcessStartInfo(program, ["-noLogo", "-noColor", "-xml", report])
            {
                Environment = { [DeviceVariable] = plan.Device },
            })!;
            if (!tests.WaitForExit(TimeSpan.FromSeconds(plan.Limit)))
            {
                tests.Kill(entireProcessTree: true);
                results.Failures.Add($"tests: ended after {plan.Limit} s");
                return;
            }

            Count(results, report, tests.ExitCode);
        }
        catch (Win32Exception failure)
        {
            results.Failures.Add($"tests: {failure.Message}");
        }
    }

    private static void Count(Results results, string report, int exitCode)
    {
        if (!File.Exists(report))
        {
            results.Failures.Add($"tests: they ended with code {exitCode} and left no report");
            return;
        }

        var assembly = XDocument.Load(report).Descendants("assembly").Single();
        int Number(string name) => (int)assembly.Attribute(name)!;
        results.Notes.Add($"tests: {Number("passed")} passed, {Number("failed")} failed, {Number("skipped")} skipped");
        foreach (var reason in assembly.Descendants("test").Where(test => (string?)test.Attribute("result") == "Skip")
            .GroupBy(test => (string?)test.Element("reason")))
        {
            results.Notes.Add($"tests: {reason.Count()} skipped: {reason.Key}");
        }

        if (exitCode != 0)
        {
            results.Failures.Add($"tests: they ended with code {exitCode}; {Path.GetFileName(report)} has the failures");
        }
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace AiKernels.Cli.Tests;

/// <summary>What a finished process left behind.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output, byte for byte.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Duration">How long it ran.</param>
/// <param name="PeakBytes">The most memory that was seen resident.</param>
internal sealed record ProcessResult(int ExitCode, byte[] Output, string Error, TimeSpan Duration, long PeakBytes)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The command line as users have it: a process of its own.</summary>
internal static class CommandLineProcess
{
    private const string Program = "AiKernels.Cli.dll";

    /// <summary>The <c>dotnet</c> that runs these tests.</summary>
    public static string Host { get; } = Path.GetFullPath(
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    public static string ProgramPath { get; } = Path.Combine(AppContext.BaseDirectory, Program);

    /// <summary>Whether it was built with ILGPU, which not every package source has.</summary>
    public static bool KnowsGpus { get; } = File.Exists(Path.Combine(AppContext.BaseDirectory, "AiKernels.Gpu.dll"));

    public static ProcessResult Run(params string[] arguments) => Run([], arguments);

    public static ProcessResult Run((string Name, string Value)[] environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        return Finish(process);
    }

    /// <summary>Runs it with a text on standard input.</summary>
    public static ProcessResult RunWithInput(string input, params string[] arguments)
    {
        using var process = Start(Host, [], [ProgramPath, .. arguments], hasInput: true);
        process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(input));
        process.StandardInput.Close();
        return Finish(process);
    }

    public static Process Start((string Name, string Value)[] environment, params string[] arguments) =>
        Start(Host, environment, [ProgramPath, .. arguments]);

    public static Process Start(
        string file, (string Name, string Value)[] environment, string[] arguments, string? folder = null, bool hasInput = false)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardInput = hasInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Reads a process to its end, and the most memory it had: its last reading is at most milliseconds old.</summary>
    public static ProcessResult Finish(Process process)
    {
        var clock = Stopwatch.StartNew();
        var error = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        var copying = process.StandardOutput.BaseStream.CopyToAsync(output);
        var peak = 0L;
        while (!process.WaitForExit(TimeSpan.FromMilliseconds(2)))
        {
            process.Refresh();
            peak = Math.Max(peak, PeakOf(process));
        }

        var duration = clock.Elapsed;
        copying.Wait();
        return new ProcessResult(process.ExitCode, output.ToArray(), error.Result, duration, peak);
    }

    private static long PeakOf(Process process)
    {
        try
        {
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // It ended just now.
        }
    }
}

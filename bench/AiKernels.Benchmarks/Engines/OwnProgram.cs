using System.Diagnostics;

namespace AiKernels.Benchmarks.Engines;

/// <summary>The program that this is a part of, to be started once more.</summary>
internal static class OwnProgram
{
    /// <summary>How it is started with arguments.</summary>
    public static ProcessStartInfo With(params IEnumerable<string> arguments)
    {
        const string host = "dotnet";
        var self = typeof(OwnProgram).Assembly;
        var running = Environment.ProcessPath ?? host;
        bool Is(string? name) => Path.GetFileName(running) is var file && (file == name || file == $"{name}.exe");
        var beside = Path.Combine(AppContext.BaseDirectory, $"{self.GetName().Name}{(OperatingSystem.IsWindows() ? ".exe" : "")}");

        // The program itself, the host that runs it, or a test's process, which has it in its folder.
        string[] program = Is(self.GetName().Name) ? [running]
            : Is(host) ? [running, self.Location]
            : File.Exists(beside) ? [beside]
            : [host, self.Location];
        return new ProcessStartInfo(program[0], [.. program[1..], .. arguments]);
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using AiKernels.Tests.Shared;

namespace AiKernels.Peers;

/// <summary>
/// llama.cpp as the npm package @node-llama-cpp/linux-x64 brings it: <c>npm ci</c> in peers/llama.cpp, once, without
/// running any script of a package.
/// </summary>
internal static class LlamaCppInstallation
{
    private static readonly string Project = Repository.Path("peers/llama.cpp");

    private static readonly Lazy<string?> Installed = new(Install);

    /// <summary>What stands in the way of having it; null if nothing does. The first call may install it.</summary>
    public static string? Obstacle => Installed.Value;

    /// <summary>The folder of the shared libraries, there or not.</summary>
    public static string Folder => Path.Combine(Project, "node_modules/@node-llama-cpp/linux-x64/bins/linux-x64");

    // npm writes this file last.
    private static bool IsInstalled => File.Exists(Path.Combine(Project, "node_modules/.package-lock.json"));

    /// <summary>Installs it unless it is there; gives what stood in the way.</summary>
    private static string? Install()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return $"its libraries are for Linux on x64, not {RuntimeInformation.RuntimeIdentifier}";
        }

        using var turn = new Mutex(false, @"Global\AiKernels-llama.cpp"); // Other processes wait.
        try
        {
            turn.WaitOne();
        }
        catch (AbandonedMutexException)
        {
            // Its owner died; what it left is judged like anything else found.
        }

        try
        {
            return IsInstalled ? null : RunNpm();
        }
        finally
        {
            turn.ReleaseMutex();
        }
    }

    private static string? RunNpm()
    {
        var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = Project,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using var npm = Process.Start(start)!;
            var output = npm.StandardOutput.ReadToEndAsync();
            var errors = npm.StandardError.ReadToEnd();
            npm.WaitForExit();
            return npm.ExitCode == 0 && IsInstalled ? null : $"npm ci failed: {errors} {output.Result}".Trim();
        }
        catch (Win32Exception)
        {
            return "npm is not installed";
        }
    }
}

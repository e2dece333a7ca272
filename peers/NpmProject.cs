using System.ComponentModel;
using System.Diagnostics;
using AiKernels.Tests.Shared;

namespace AiKernels.Peers;

/// <summary>A folder of peers with a list of npm packages, which <c>npm ci</c> installs, once and without running their scripts.</summary>
/// <param name="name">The folder's name in peers.</param>
internal sealed class NpmProject(string name)
{
    private readonly Lazy<string?> _installed = new(() => Install(name));

    /// <summary>What stands in the way of having the packages; null if nothing does. The first call may install them.</summary>
    public string? Obstacle => _installed.Value;

    /// <summary>A path within the folder.</summary>
    public string Path(string path) => System.IO.Path.Combine(Folder(name), path);

    private static string Folder(string name) => Repository.Path($"peers/{name}");

    // npm writes this file last.
    private static bool IsInstalled(string name) => File.Exists(System.IO.Path.Combine(Folder(name), "node_modules/.package-lock.json"));

    /// <summary>Installs them unless they are there; gives what stood in the way.</summary>
    private static string? Install(string name)
    {
        using var turn = new Mutex(false, $@"Global\AiKernels-{name}"); // Other processes wait.
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
            return IsInstalled(name) ? null : RunNpm(name);
        }
        finally
        {
            turn.ReleaseMutex();
        }
    }

    private static string? RunNpm(string name)
    {
        var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = Folder(name),
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using var npm = Process.Start(start)!;
            var output = npm.StandardOutput.ReadToEndAsync();
            var errors = npm.StandardError.ReadToEnd();
            npm.WaitForExit();
            return npm.ExitCode == 0 && IsInstalled(name) ? null : $"npm ci failed: {errors} {output.Result}".Trim();
        }
        catch (Win32Exception)
        {
            return "npm is not installed";
        }
    }
}

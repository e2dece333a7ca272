using System.ComponentModel;
using System.Diagnostics;

namespace AiKernels.Gpu.Benchmarks;

/// <summary>Where cuBLAS may be on a Linux machine.</summary>
internal static class CublasFiles
{
    /// <summary>Names the file.</summary>
    public const string Variable = "AIKERNELS_CUBLAS";

    private static readonly string[] Names = ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"];

    /// <summary>What to try to load, one after another: what was named and nothing else, or all that may be there.</summary>
    public static IEnumerable<string> Candidates(string? named) =>
        Named(named) is { } name ? [name] : [.. Names, .. InToolkits("/usr/local"), .. PythonFolders().SelectMany(InPackages)];

    /// <summary>The file that was named, by an option or else by the environment; null if none was.</summary>
    public static string? Named(string? option) =>
        (option ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } name ? name : null;

    /// <summary>In the toolkits that lie in a folder.</summary>
    internal static IEnumerable<string> InToolkits(string folder) =>
        In(Folders(folder, "cuda*").SelectMany(toolkit => (string[])[Path.Combine(toolkit, "lib64"), Path.Combine(toolkit, "targets/x86_64-linux/lib")]));

    /// <summary>In a folder of Python packages: NVIDIA's own, each in a folder or, from CUDA 13 on, together, and what torch brings.</summary>
    internal static IEnumerable<string> InPackages(string folder) =>
        In(Folders(Path.Combine(folder, "nvidia"), "*").Select(package => Path.Combine(package, "lib")).Append(Path.Combine(folder, "torch/lib")));

    /// <summary>The files that are there, the newest version first.</summary>
    private static IEnumerable<string> In(IEnumerable<string> folders) =>
        Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).Where(File.Exists);

    private static string[] Folders(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.GetDirectories(folder, pattern) : [];

    /// <summary>Where the machine's Python looks for packages; none where there is no Python.</summary>
    private static string[] PythonFolders()
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", "import sys; print('\\n'.join(sys.path))"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        catch (Win32Exception)
        {
            return [];
        }
    }
}

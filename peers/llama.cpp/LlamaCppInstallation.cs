using System.Runtime.InteropServices;

namespace AiKernels.Peers;

/// <summary>llama.cpp as the npm package @node-llama-cpp/linux-x64 brings it.</summary>
internal static class LlamaCppInstallation
{
    private static readonly NpmProject Project = new("llama.cpp");

    /// <summary>What stands in the way of having it; null if nothing does. The first call may install it.</summary>
    public static string? Obstacle => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
        ? Project.Obstacle
        : $"its libraries are for Linux on x64, not {RuntimeInformation.RuntimeIdentifier}";

    /// <summary>The folder of the shared libraries, there or not.</summary>
    public static string Folder => Project.Path("node_modules/@node-llama-cpp/linux-x64/bins/linux-x64");
}

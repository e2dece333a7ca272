using System.Diagnostics;

namespace AiKernels.Cli;

/// <summary>The most memory that was resident in this process so far, file mappings included.</summary>
internal static class PeakMemory
{
    public static long Bytes
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }
}

using System.Runtime.InteropServices;

namespace AiKernels.Cpu;

/// <summary>
/// Pages of 2 MB where the system gives them: a gigabyte of weights is read with 500 address translations instead of
/// 250,000. Linux does it on request; Windows only for privileged processes, macOS not at all, and there this does nothing.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes of a huge page.</summary>
    public const int Length = 2 << 20;

    private const int AdviseHugePage = 14; // MADV_HUGEPAGE

    /// <summary>Asks for huge pages in a range that was not touched yet. A system that refuses gives ordinary ones.</summary>
    public static void Advise(byte* start, long length)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = AdviseMemory(start, (nuint)length, AdviseHugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseMemory(void* start, nuint length, int advice);
}

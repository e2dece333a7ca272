using System.Runtime.InteropServices;

namespace AiKernels.Cpu;

/// <summary>
/// Pages of 2 MB, which a processor finds with one look-up instead of 512, and a system hands out with one fault. Linux
/// gives them on request; Windows only to privileged processes and macOS not at all, so that elsewhere nothing is asked.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>The size of one.</summary>
    public const int Length = 2 << 20;

    // MADV_HUGEPAGE of Linux's mman-common.h.
    private const int AdviseHugePages = 14;

    /// <summary>Whether asking makes sense here.</summary>
    public static bool CanBeAsked { get; } = OperatingSystem.IsLinux();

    /// <summary>Asks for them, for all that lie whole in memory that was not touched yet. A system may decline.</summary>
    /// <param name="start">A multiple of <see cref="Length"/>.</param>
    /// <param name="bytes">How far the memory reaches.</param>
    public static void Ask(byte* start, long bytes)
    {
        try
        {
            _ = Advise(start, (nint)(bytes / Length * Length), AdviseHugePages);
        }
        catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
        {
            // Ordinary pages do.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nint length, int advice);
}

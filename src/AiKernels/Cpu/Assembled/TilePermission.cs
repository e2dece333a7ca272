using System.Runtime.InteropServices;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Leave to use AMX's tiles, which Linux gives a process that asks: a thread that uses them has 8 KB more to be saved.
/// </summary>
/// <remarks>
/// Linux alone: on other systems, where nothing of this could be tried, AMX is left unused. Source:
/// Documentation/arch/x86/xstate.rst of Linux.
/// </remarks>
internal static partial class TilePermission
{
    private const nint ArchPrctl = 158, RequestComponent = 0x1023, TileData = 18;

    private static readonly Lazy<bool> Granted = new(() =>
        OperatingSystem.IsLinux() && Environment.Is64BitProcess && SystemCall(ArchPrctl, RequestComponent, TileData) == 0);

    /// <summary>Whether the system gave it; asked for once, and good for all threads.</summary>
    public static bool IsGranted => Granted.Value;

    // The C library has no function for it.
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint code, nint component);
}

using System.Runtime.InteropServices;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Pages for machine code: written first, then made executable and read-only, never both at once. They live as long as
/// the process.
/// </summary>
internal static unsafe partial class ExecutablePages
{
    /// <summary>Copies code into pages of its own; null where the system refuses executable pages.</summary>
    public static void* TryPlace(ReadOnlySpan<byte> code) =>
        OperatingSystem.IsWindows() ? PlaceOnWindows(code) : PlaceOnPosix(code);

    private static void* PlaceOnPosix(ReadOnlySpan<byte> code)
    {
        // Linux and macOS number these alike, but for anonymous memory.
        const int read = 1, write = 2, execute = 4, isPrivate = 2;
        var isAnonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;
        var pages = MapMemory(null, (nuint)code.Length, read | write, isPrivate | isAnonymous, -1, 0);
        if (pages == (void*)-1)
        {
            return null;
        }

        code.CopyTo(new Span<byte>(pages, code.Length));
        if (ProtectMemory(pages, (nuint)code.Length, read | execute) == 0)
        {
            return pages;
        }

        _ = UnmapMemory(pages, (nuint)code.Length);
        return null;
    }

    private static void* PlaceOnWindows(ReadOnlySpan<byte> code)
    {
        const uint commitAndReserve = 0x3000, release = 0x8000, readWrite = 0x04, executeRead = 0x20;
        var pages = VirtualAlloc(null, (nuint)code.Length, commitAndReserve, readWrite);
        if (pages == null)
        {
            return null;
        }

        code.CopyTo(new Span<byte>(pages, code.Length));
        if (VirtualProtect(pages, (nuint)code.Length, executeRead, out _) != 0)
        {
            return pages;
        }

        _ = VirtualFree(pages, 0, release);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* MapMemory(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int ProtectMemory(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapMemory(void* address, nuint length);

    [LibraryImport("kernel32")]
    private static partial void* VirtualAlloc(void* address, nuint length, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualProtect(void* address, nuint length, uint protection, out uint before);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(void* address, nuint length, uint type);
}

using System.Runtime.InteropServices;

namespace AiKernels.Runtime.Files;

/// <summary>
/// Brings a folder's names to the disk: where they are, a renamed file is under its new name after a power cut. .NET opens
/// no folders, so these are the system's own functions. Windows has none and writes names in order; there this does nothing.
/// </summary>
internal static partial class DiskFolder
{
    private const int ReadOnly = 0; // O_RDONLY, on every Unix
    private const int DiskError = 5; // EIO, likewise

    /// <exception cref="IOException">The disk failed.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows() || Open(folder, ReadOnly) is not (>= 0 and var handle))
        {
            return; // One may write to a folder and not read it.
        }

        // Any other failure says that this file system flushes no folders.
        var isLost = Synchronize(handle) != 0 && Marshal.GetLastPInvokeError() == DiskError;
        _ = Close(handle);
        if (isLost)
        {
            throw new IOException($"the disk failed to keep the names in '{folder}'");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}

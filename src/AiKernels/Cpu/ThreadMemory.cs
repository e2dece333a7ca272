namespace AiKernels.Cpu;

/// <summary>Memory of the calling thread's own, for what a kernel keeps while it runs: too much for a stack.</summary>
internal static unsafe class ThreadMemory
{
    [ThreadStatic]
    private static NativeBuffer? _memory;

    /// <summary>At least so many bytes, holding anything; valid until the thread asks again.</summary>
    public static byte* Get(long bytes)
    {
        if (_memory is not { } memory || memory.Length < bytes)
        {
            _memory?.Dispose();
            _memory = null; // Should there be no memory, the disposed one must not be found.
            _memory = memory = new NativeBuffer(bytes);
        }

        return memory.Data;
    }
}

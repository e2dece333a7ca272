using AiKernels.Gpu.Memory;

namespace AiKernels.Gpu.Kernels.Device;

/// <summary>A kernel that is compiled and loaded when it is first launched.</summary>
/// <typeparam name="TLaunch">What launches it.</typeparam>
internal sealed class LoadedKernel<TLaunch>(Func<TLaunch> load)
    where TLaunch : Delegate
{
    private TLaunch? _launch;

    /// <exception cref="OutOfMemoryException">The device has too little memory for its code.</exception>
    public TLaunch Value => _launch ??= Load();

    private TLaunch Load()
    {
        try
        {
            return load();
        }
        catch (Exception failure) when (OpenDevice.IsOutOfMemory(failure))
        {
            throw OpenDevice.OutOfMemory("the device has too little memory for a kernel's code", failure);
        }
    }
}

using AiKernels.Gpu.Kernels.Device;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace AiKernels.Gpu.Memory;

/// <summary>A device set up for one backend: its memory, what goes over to it, and the wait for its work.</summary>
internal sealed class OpenDevice : IDisposable
{
    private readonly Context _context;
    private readonly string _name;

    /// <exception cref="InvalidOperationException">The device can't be used.</exception>
    public OpenDevice(GpuDevice device, string name)
    {
        _name = name;
        _context = GpuDevice.CreateContext();
        PtxIntrinsics.Register(_context);
        try
        {
            Accelerator = device.CreateAccelerator(_context);
        }
        catch (Exception failure) when (failure is AcceleratorException or NotSupportedException)
        {
            _context.Dispose();
            throw new InvalidOperationException($"'{device.Id}' can't be used: {failure.Message}", failure);
        }

        (Floats, Integers) = (new Staging<float>(Accelerator), new Staging<int>(Accelerator));
    }

    public Accelerator Accelerator { get; }

    /// <summary>Whether all of its memory is gone.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Floats that go over to the device.</summary>
    public Staging<float> Floats { get; }

    /// <summary>Integers that go over to the device.</summary>
    public Staging<int> Integers { get; }

    /// <summary>Makes the device this thread's: a launch goes to whichever is, and a host may call from any thread.</summary>
    public void Bind()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        Accelerator.Bind();
    }

    /// <summary>Memory, whatever it holds.</summary>
    /// <exception cref="OutOfMemoryException">The device has too little.</exception>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length)
        where T : unmanaged
    {
        Bind();
        try
        {
            return Accelerator.Allocate1D<T>(length);
        }
        catch (Exception failure) when (failure is OverflowException || IsOutOfMemory(failure))
        {
            throw OutOfMemory($"'{_name}' has no {(decimal)length * Interop.SizeOf<T>():N0} bytes free: {failure.Message}", failure);
        }
    }

    /// <summary>Whether a device has said that its memory is full; anything else that it says is another fault.</summary>
    public static bool IsOutOfMemory(Exception failure) => failure is CudaException { Error: nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY) };

    /// <summary>What IBackend promises: a host does the same about too little memory, wherever it is.</summary>
#pragma warning disable CA2201
    public static OutOfMemoryException OutOfMemory(string message, Exception failure) => new(message, failure);
#pragma warning restore CA2201

    /// <inheritdoc cref="Allocate"/>
    public MemoryBuffer1D<T, Stride1D.Dense> AllocateZeroed<T>(long length)
        where T : unmanaged
    {
        var memory = Allocate<T>(length);
        memory.MemSetToZero();
        return memory;
    }

    /// <summary>Frees memory once what was enqueued on it is done.</summary>
    public void Free(MemoryBuffer memory)
    {
        Bind();
        Synchronize();
        memory.Dispose();
    }

    /// <summary>Waits until the device has done all that was enqueued.</summary>
    public void Synchronize()
    {
        Accelerator.DefaultStream.Synchronize();
        Floats.Reset();
        Integers.Reset();
    }

    public void Dispose()
    {
        if (IsDisposed)
        {
            return;
        }

        IsDisposed = true;
        try
        {
            Accelerator.Bind();
            Accelerator.DefaultStream.Synchronize();
        }
        catch (AcceleratorException)
        {
            // A device that failed has told whoever used it; what it held is freed all the same.
        }
        finally
        {
            Close();
        }
    }

    private void Close()
    {
        try
        {
            Floats.Dispose();
            Integers.Dispose();
            Accelerator.Dispose(); // With all memory of it that is left.
        }
        finally
        {
            _context.Dispose();
        }
    }
}

using AiKernels.Formats;
using AiKernels.Gpu.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Memory;

/// <summary>A weight in packed panels on the device, the same bytes as in the processor's memory.</summary>
internal sealed class DeviceWeight(
    GpuBackend backend, FormatKernels kernels, GgmlType type, int rows, int columns, MemoryBuffer1D<int, Stride1D.Dense> memory)
    : Weight(type, rows, columns)
{
    public override IBackend Backend => backend;

    public FormatKernels Kernels => kernels;

    public override long ByteLength { get; } = memory.LengthInBytes;

    public bool IsDisposed { get; private set; }

    public ArrayView<int> Words => memory.View;

    /// <summary>Words that a weight takes.</summary>
    public static long Length(FormatKernels kernels, int rows, int columns) =>
        checked(PanelLayout.Panels(rows) * kernels.PanelBytes(columns) / sizeof(int));

    protected override void Free()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            backend.Free(memory);
        }
    }
}

using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Products;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Memory;

/// <summary>A weight in packed panels on the device, the same bytes as in the processor's memory.</summary>
internal sealed unsafe class DeviceWeight(
    GpuBackend backend, FormatKernels kernels, GgmlType type, int rows, int columns, MemoryBuffer1D<int, Stride1D.Dense> memory)
    : Weight(type, rows, columns)
{
    private readonly int _panelBytes = checked((int)kernels.PanelBytes(columns));

    public override IBackend Backend => backend;

    public FormatKernels Kernels => kernels;

    public override long ByteLength { get; } = memory.LengthInBytes;

    public ArrayView<int> Words => memory.View;

    /// <summary>Words that a weight takes.</summary>
    public static long Length(FormatKernels kernels, int rows, int columns) =>
        checked(PanelLayout.Panels(rows) * kernels.PanelBytes(columns) / sizeof(int));

    /// <summary>The panels of some stored rows, in the host's memory.</summary>
    public byte[] Pack(ReadOnlySpan<byte> stored, int count)
    {
        var rowBytes = stored.Length / count;
        var packed = new byte[checked(PanelLayout.Panels(count) * _panelBytes)];
        for (var row = 0; row < count; row += PanelLayout.Rows)
        {
            var panelRows = Math.Min(PanelLayout.Rows, count - row);
            var panel = packed.AsSpan(row / PanelLayout.Rows * _panelBytes, _panelBytes);
            kernels.Pack(stored.Slice(row * rowBytes, panelRows * rowBytes), panelRows, Columns, panel);
        }

        return packed;
    }

    /// <summary>Puts packed bytes in place, panels from one on.</summary>
    public void Write(int firstPanel, byte* packed, long length) =>
        Bytes((long)firstPanel * _panelBytes, length).CopyFromCPU(ref *packed, length);

    /// <summary>Gets packed bytes.</summary>
    public void Read(long offset, byte* packed, long length) => Bytes(offset, length).CopyToCPU(ref *packed, length);

    protected override void Free() => backend.Free(memory);

    private ArrayView<byte> Bytes(long offset, long length) => memory.View.BaseView.Cast<byte>().SubView(offset, length);
}

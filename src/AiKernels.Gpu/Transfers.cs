using System.Runtime.InteropServices;
using AiKernels.Formats;
using AiKernels.Gpu.Memory;
using ILGPU.Runtime;

namespace AiKernels.Gpu;

/// <summary>
/// What goes over between the host and a device. Weights may come and go on several threads while operations are enqueued,
/// with which they share nothing but the device's own queue.
/// </summary>
internal sealed unsafe class Transfers(OpenDevice device)
{
    private readonly Lock _weights = new();

    /// <summary>Packs rows on the caller's thread and copies them.</summary>
    public void Upload(DeviceWeight weight, int firstRow, ReadOnlySpan<byte> rows)
    {
        device.Bind();
        var count = OperandShapes.Upload(weight, firstRow, rows.Length);
        if (count == 0)
        {
            return;
        }

        var packed = weight.Pack(rows, count);
        fixed (byte* bytes = packed)
        {
            Write(weight, firstRow / PanelLayout.Rows, bytes, packed.Length);
        }
    }

    /// <summary>Copies a whole weight that is packed already.</summary>
    public void Adopt(DeviceWeight weight, SafeBuffer memory, long offset)
    {
        device.Bind();
        byte* bytes = null;
        memory.AcquirePointer(ref bytes);
        try
        {
            Write(weight, 0, bytes + offset, weight.ByteLength);
        }
        finally
        {
            memory.ReleasePointer();
        }
    }

    /// <summary>Copies packed bytes of a weight to the host.</summary>
    public void ReadPacked(DeviceWeight weight, long offset, Span<byte> destination)
    {
        device.Bind();
        OperandShapes.ReadPacked(weight, offset, destination.Length);
        fixed (byte* bytes = destination)
        {
            lock (_weights)
            {
                weight.Read(offset, bytes, destination.Length);
            }
        }
    }

    /// <summary>Enqueues a copy of values, which are free again at once.</summary>
    public void Write(Tensor x, DeviceTensor storage, ReadOnlySpan<float> values)
    {
        OperandShapes.Copy(x, values.Length);
        for (var (row, rows) = (0, WholeRows(x)); row < x.Rows && x.Columns > 0; row += rows)
        {
            var length = rows * x.Columns;
            device.Floats.Send(values.Slice(row * x.Columns, length), storage.View.SubView(x.Offset + ((long)row * x.RowStride), length));
        }
    }

    /// <summary>Waits for the device and copies a tensor.</summary>
    public void Read(Tensor x, DeviceTensor storage, Span<float> values)
    {
        OperandShapes.Copy(x, values.Length);
        fixed (float* pinned = values) // While the device writes, nothing may move them.
        {
            for (var (row, rows) = (0, WholeRows(x)); row < x.Rows && x.Columns > 0; row += rows)
            {
                var length = rows * x.Columns;
                storage.View.SubView(x.Offset + ((long)row * x.RowStride), length)
                    .CopyToCPU(ref pinned[(long)row * x.Columns], length);
            }

            device.Synchronize();
        }
    }

    /// <summary>A copy at a time: several at once would only share the way to the device, each waiting for all.</summary>
    private void Write(DeviceWeight weight, int firstPanel, byte* packed, long length)
    {
        lock (_weights)
        {
            weight.Write(firstPanel, packed, length);
        }
    }

    /// <summary>Rows that lie side by side without a gap.</summary>
    private static int WholeRows(Tensor x) => x.RowStride == x.Columns ? Math.Max(x.Rows, 1) : 1;
}

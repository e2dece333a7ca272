using System.Runtime.InteropServices;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using AiKernels.Gpu.Memory;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu;

/// <summary>The largest numbers of each row, ranked on the device: a token's choice needs a few logits of a whole vocabulary.</summary>
internal sealed unsafe class Largest(GpuBackend backend, OpenDevice device, ElementKernels kernels)
{
    private readonly GrowingBuffer<ulong> _keys = new(device), _fewer = new(device);
    private float[] _row = [];

    /// <summary>Waits for the ranking and copies it to the host.</summary>
    public void Read(DeviceMatrix x, int rows, int columns, int kept, Span<RankedValue> largest)
    {
        var (pieces, from, to) = (Pieces(columns), _keys, _fewer);
        var ranked = from.Get((long)rows * pieces * kept);
        kernels.Largest(x, rows, columns, kept, ranked);
        while (pieces > 1)
        {
            var left = pieces * kept;
            pieces = Pieces(left);
            var next = to.Get((long)rows * pieces * kept);
            kernels.Largest(ranked, rows, left, kept, next);
            (ranked, from, to) = (next, to, from);
        }

        fixed (RankedValue* keys = largest)
        {
            ranked.CopyToCPU(ref *(ulong*)keys, largest.Length);
            device.Synchronize();
        }
    }

    /// <summary>So many that they are cheaper to find where they go.</summary>
    public void ReadMany(Tensor x, int count, Span<RankedValue> largest)
    {
        _row = _row.Length < x.Columns ? new float[x.Columns] : _row;
        var row = _row.AsSpan(0, x.Columns);
        for (var t = 0; t < x.Rows; t++)
        {
            backend.Read(x.SliceRows(t, 1), row);
            RankedValue.Largest(row, largest.Slice(t * count, count));
        }
    }

    private static int Pieces(int columns) => (columns + LargestKernel.PieceLength - 1) / LargestKernel.PieceLength;
}

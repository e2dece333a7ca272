using System.Runtime.InteropServices;
using AiKernels.Gpu.Kernels;
using AiKernels.Gpu.Memory;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu;

/// <summary>The largest numbers of each row, ranked on the device: a token's choice needs a few logits of a whole vocabulary.</summary>
internal sealed unsafe class Largest(OpenDevice device, ElementKernels kernels)
{
    private readonly GrowingBuffer<ulong> _keys = new(device), _fewer = new(device);

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

    private static int Pieces(int columns) => (columns + LargestKernel.PieceLength - 1) / LargestKernel.PieceLength;
}

using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// x [T,K], w [N,K] -> y [T,N] for more tokens and weights that are floats: a group has 64 rows and 32 tokens, a thread
/// eight rows of four tokens in registers, and what they are made of lies in shared memory, sixteen inputs at a time.
/// </summary>
/// <remarks>
/// Tensor cores are no help: they add several products before they round. Two stages, one being filled while the other
/// is added up.
/// </remarks>
internal static class FloatTileProductKernel
{
    /// <summary>Rows of a group.</summary>
    public const int Rows = 64;

    /// <summary>Tokens of a group.</summary>
    public const int Tokens = 32;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 64;

    /// <summary>Sixteen warps of a multiprocessor, 128 registers a thread.</summary>
    public static KernelSpecialization Specialization => new(Threads, minNumGroupsPerMultiprocessor: 8);

    private const int WeightQuads = FloatTileStage.Depth * FloatTileStage.WeightQuads;
    private const int InputQuads = FloatTileStage.Depth * FloatTileStage.InputQuads;

    /// <summary>See the class. Grid columns are 64 rows, grid rows 32 tokens.</summary>
    public static void Floats<TElement>(DeviceMatrix x, int tokens, int columns, ArrayView<int> weight, int rows, Finish finish)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        var (weights, inputs) = (SharedMemory.Allocate<Float4>(2 * WeightQuads), SharedMemory.Allocate<Float4>(2 * InputQuads));
        var (firstRow, firstToken) = (Grid.IdxX * Rows, Grid.IdxY * Tokens);

        // Where there is no panel the last one comes again.
        var panel = IntrinsicMath.Min(firstRow + (Group.IdxX & ~(PanelLayout.Rows - 1)), rows - 1) / PanelLayout.Rows;
        var (parts, own) = (DeviceFloats<TElement>.Panel(weight, panel, columns), x.From(firstToken));

        // Of loads of 16 bytes, pairs of quarters of a warp are served at once if neighbours, or next but one, want the same.
        var (row, token) = ((Group.IdxX >> 1) & 7, (Group.IdxX & 1) | ((Group.IdxX >> 4) << 1));
        FloatTile sums = default;
        FloatTileStage.Load<TElement>(parts, own, tokens - firstToken, columns, 0).Store<TElement>(weights, inputs.Cast<float>());
        Group.Barrier();
        var odd = 0;
        for (var start = 0; start < columns; start += FloatTileStage.Depth)
        {
            var next = FloatTileStage.Load<TElement>(parts, own, tokens - firstToken, columns, start + FloatTileStage.Depth);
            sums = Add(sums, weights.SubView((odd * WeightQuads) + row), inputs.SubView((odd * InputQuads) + token));
            odd ^= 1;
            next.Store<TElement>(weights.SubView(odd * WeightQuads), inputs.SubView(odd * InputQuads).Cast<float>());
            Group.Barrier();
        }

        sums.Put(firstRow + (4 * row), firstRow + (Rows / 2) + (4 * row), rows, firstToken + (4 * token), tokens, finish);
    }

    private static FloatTile Add(FloatTile sums, ArrayView<Float4> weights, ArrayView<Float4> inputs)
    {
        for (var k = 0; k < FloatTileStage.Depth; k++)
        {
            sums = sums.Fma(
                weights[k * FloatTileStage.WeightQuads],
                weights[(k * FloatTileStage.WeightQuads) + (Rows / 8)],
                inputs[k * FloatTileStage.InputQuads]);
        }

        return sums;
    }
}

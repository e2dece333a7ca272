using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// x [T,K], w [N,K] -> y [T,N] for few tokens and weights that are floats, as fast as the weight can be read. A group is a
/// panel of 16 rows and up to eight tokens. A sum is one chain of additions: its thread, one of the group's first ones,
/// does nothing else, while the others, <see cref="FloatLoader{TElement}"/>, bring what it needs into shared memory.
/// </summary>
/// <remarks>
/// Two stages: one is filled while the other is added up, and what fills a stage next is on its way in registers for the
/// time of both.
/// </remarks>
internal static class FloatVectorProductKernel
{
    /// <summary>The most tokens of a group.</summary>
    public const int MaxTokens = 8;

    /// <summary>Words of four of shared memory: what every device gives a group without being asked.</summary>
    public const int SharedQuads = (48 << 10) / 16;

    /// <summary>Threads that load, at most: two stages of 8 KB on their way.</summary>
    public const int MaxLoaders = 128;

    /// <summary>128 registers a thread: fewer would hold up what is on its way.</summary>
    public static KernelSpecialization Specialization => new(Walkers(MaxTokens) + MaxLoaders, minNumGroupsPerMultiprocessor: 2);

    /// <summary>Threads that make the sums of so many tokens: whole warps of them.</summary>
    public static int Walkers(int tokens) => (tokens + 1) / 2 * VectorProductKernel.WarpThreads;

    /// <summary>Words of four of shared memory that a group uses.</summary>
    /// <param name="loaders">Threads that load: whole warps of them, an even number of blocks.</param>
    /// <param name="tokens">Tokens of a group.</param>
    public static int UsedQuads<TElement>(int loaders, int tokens)
        where TElement : unmanaged, IFloatFormat<TElement> => 2 * FloatStage.Quads(loaders / FloatLoader<TElement>.BlockThreads, tokens);

    /// <summary>
    /// See the class. Grid columns are tokens, so many together, so that neighbours read the same panel; grid rows panels. A
    /// group has <see cref="Walkers"/> and those who load.
    /// </summary>
    public static void Floats<TElement>(DeviceMatrix x, int tokens, int tokensTogether, int columns, ArrayView<int> weight, int rows, Finish finish)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        var shared = SharedMemory.Allocate<Float4>(SharedQuads);
        var walkers = Walkers(tokensTogether);
        var (thread, loaders, walks) = (Group.IdxX - walkers, Group.DimX - walkers, Group.IdxX < walkers);
        var blocks = loaders / FloatLoader<TElement>.BlockThreads;
        var even = new FloatStage(shared, blocks);
        var odd = new FloatStage(shared.SubView(FloatStage.Quads(blocks, tokensTogether)), blocks);
        var firstToken = Grid.IdxX * tokensTogether;
        if (!walks)
        {
            var panel = DeviceFloats<TElement>.Panel(weight, Grid.IdxY, columns);
            var loader = new FloatLoader<TElement>(x.From(firstToken), tokens - firstToken, tokensTogether, panel, columns, thread, loaders);

            // Loops of their own: where both ways met, registers would be copied, and what is on its way waited for.
            var (first, second) = (loader.Load(0), loader.Load(even.Length));
            for (var start = 0; start < columns; start += 2 * even.Length)
            {
                first = loader.Fill(even, first, start);
                Group.Barrier();
                second = loader.Fill(odd, second, start + odd.Length);
                Group.Barrier();
            }

            return;
        }

        // Two tokens lie side by side, whose threads read the same weights at once. An odd one's neighbour does the same as it.
        var (row, token) = ((Group.IdxX >> 1) & (PanelLayout.Rows - 1), (Group.IdxX / VectorProductKernel.WarpThreads * 2) + (Group.IdxX & 1));
        var existing = IntrinsicMath.Min(token, tokensTogether - 1);
        var y = 0f;
        for (var start = 0; start < columns; start += 2 * even.Length)
        {
            Group.Barrier();
            y = even.Add(row, existing, columns - start, y);
            Group.Barrier();
            y = odd.Add(row, existing, columns - start - odd.Length, y);
        }

        row += Grid.IdxY * PanelLayout.Rows;
        if (row < rows && token < tokensTogether && firstToken + token < tokens)
        {
            finish.Put(firstToken + token, row, y);
        }
    }
}

using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// x [T,K], w [N,K] -> y [T,N] for few tokens and weights that are floats, as fast as the weight can be read. A group is a
/// panel of 16 rows and up to eight tokens. A sum is one chain of additions: its thread, one of the group's first ones,
/// does nothing else, while the others bring what it needs into shared memory.
/// </summary>
/// <remarks>
/// Two stages: one is filled while the other is added up, and what fills a stage next is on its way in registers for the
/// time of both.
/// </remarks>
internal static class FloatVectorKernel
{
    /// <summary>The most tokens of a group.</summary>
    public const int MaxTokens = 8;

    /// <summary>Threads that make the sums of so many tokens: whole warps of them.</summary>
    public static int Walkers(int tokens) => (tokens + 1) / 2 * VectorProductKernel.WarpThreads;

    /// <summary>Words of four of shared memory.</summary>
    /// <param name="loaders">Threads that load: whole warps of them, two at least.</param>
    /// <param name="tokens">Tokens of a group.</param>
    public static int SharedQuads<TElement>(int loaders, int tokens)
        where TElement : unmanaged, IFloatFormat<TElement> => 2 * StageQuads(Blocks<TElement>(loaders), tokens);

    /// <summary>
    /// See the class. Grid columns are tokens, so many together, so that neighbours read the same panel; grid rows panels. A
    /// group has <see cref="Walkers"/> and those who load.
    /// </summary>
    public static void Floats<TElement>(DeviceMatrix x, int tokens, int tokensTogether, int columns, ArrayView<int> weight, int rows, Finish finish)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        var shared = SharedMemory.GetDynamic<Float4>();
        var walkers = Walkers(tokensTogether);
        var (thread, loaders) = (Group.IdxX - walkers, Group.DimX - walkers);
        var blocks = Blocks<TElement>(loaders);
        var (length, quads, inputs) = (blocks * FloatBlock.Length, StageQuads(blocks, tokensTogether), blocks * FloatBlock.PanelQuads);
        var (even, odd) = (shared.SubView(0, quads), shared.SubView(quads, quads));
        var firstToken = Grid.IdxX * tokensTogether;

        // A loader's share of a stage: parts of a block lie side by side.
        var share = thread & ((4 * DeviceFloats<TElement>.Parts) - 1);
        var (block, step, part) = (thread / (4 * DeviceFloats<TElement>.Parts), share / DeviceFloats<TElement>.Parts, share & (DeviceFloats<TElement>.Parts - 1));
        var (k, place) = ((block * FloatBlock.Length) + step, (block * FloatBlock.PanelQuads) + FloatBlock.Place(step, part * (PanelLayout.Rows / DeviceFloats<TElement>.Parts)));
        var panel = DeviceFloats<TElement>.Panel(weight, Grid.IdxY, columns);
        FloatSteps first = default, second = default;
        if (thread >= 0)
        {
            first = FloatSteps.Load<TElement>(panel, columns, k, part);
            second = FloatSteps.Load<TElement>(panel, columns, length + k, part);
        }

        // A walker's row and token: two tokens lie side by side, which read the same weights at once.
        var (row, token) = ((Group.IdxX >> 1) & (PanelLayout.Rows - 1), (Group.IdxX / VectorProductKernel.WarpThreads * 2) + (Group.IdxX & 1));
        var ownInputs = inputs + (IntrinsicMath.Min(token, tokensTogether - 1) * TokenQuads(blocks));
        var y = 0f;
        for (var start = 0; start < columns; start += 2 * length)
        {
            if (thread >= 0)
            {
                first.Store<TElement>(even.SubView(place, 8));
                first = FloatSteps.Load<TElement>(panel, columns, start + (2 * length) + k, part);
                Fill<TElement>(x, firstToken, tokens, tokensTogether, columns, start, blocks, thread, loaders, even.SubView(inputs).Cast<float>());
            }

            Group.Barrier();
            if (thread < 0)
            {
                y = Walk(even.SubView(FloatBlock.Place(0, row)), even.SubView(ownInputs), Pairs(columns - start, blocks), y);
            }
            else
            {
                second.Store<TElement>(odd.SubView(place, 8));
                second = FloatSteps.Load<TElement>(panel, columns, start + (3 * length) + k, part);
                Fill<TElement>(x, firstToken, tokens, tokensTogether, columns, start + length, blocks, thread, loaders, odd.SubView(inputs).Cast<float>());
            }

            Group.Barrier();
            if (thread < 0)
            {
                y = Walk(odd.SubView(FloatBlock.Place(0, row)), odd.SubView(ownInputs), Pairs(columns - start - length, blocks), y);
            }
        }

        row += Grid.IdxY * PanelLayout.Rows;
        if (thread < 0 && row < rows && token < tokensTogether && firstToken + token < tokens)
        {
            finish.Put(firstToken + token, row, y);
        }
    }

    /// <summary>Blocks of a stage: each loader has four parts of one.</summary>
    private static int Blocks<TElement>(int loaders)
        where TElement : unmanaged, IFloatFormat<TElement> => loaders / (4 * DeviceFloats<TElement>.Parts);

    private static int StageQuads(int blocks, int tokens) => (blocks * FloatBlock.PanelQuads) + (tokens * TokenQuads(blocks));

    /// <summary>A token's inputs of a stage, and a gap, so that two tokens' don't meet in a bank.</summary>
    private static int TokenQuads(int blocks) => (blocks * FloatBlock.TokenQuads) + 1;

    /// <summary>Pairs of blocks that hold what is left of the inputs, or all of a stage.</summary>
    private static int Pairs(int left, int blocks) =>
        IntrinsicMath.Min((left + (2 * FloatBlock.Length) - 1) / (2 * FloatBlock.Length), blocks / 2);

    /// <summary>The tokens' inputs of a stage; beyond the last 0, see <see cref="DeviceFloats{TElement}.Part"/>.</summary>
    private static void Fill<TElement>(
        DeviceMatrix x, int first, int tokens, int tokensTogether, int columns, int start, int blocks, int thread, int loaders, ArrayView<float> inputs)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        for (var t = 0; t < tokensTogether; t++)
        {
            var token = IntrinsicMath.Min(first + t, tokens - 1);
            for (var i = 0; i < FloatBlock.Length / (4 * DeviceFloats<TElement>.Parts); i++)
            {
                var k = thread + (i * loaders);
                inputs[(t * TokenQuads(blocks) * 4) + k] = start + k < columns ? x[token, start + k] : 0;
            }
        }
    }

    /// <summary>Adds pairs of blocks to a sum, the next one being on its way.</summary>
    private static float Walk(ArrayView<Float4> weights, ArrayView<Float4> inputs, int pairs, float y)
    {
        var block = FloatBlock.Load(weights, inputs);
        for (var pair = 0; pair < pairs; pair++)
        {
            var next = Block(weights, inputs, (2 * pair) + 1);
            y = block.Fma(y);
            block = Block(weights, inputs, IntrinsicMath.Min((2 * pair) + 2, (2 * pairs) - 1));
            y = next.Fma(y);
        }

        return y;
    }

    private static FloatBlock Block(ArrayView<Float4> weights, ArrayView<Float4> inputs, int block) => FloatBlock.Load(
        weights.SubView(block * FloatBlock.PanelQuads), inputs.SubView(block * FloatBlock.TokenQuads));
}

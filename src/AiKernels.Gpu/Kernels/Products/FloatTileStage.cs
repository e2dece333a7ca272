using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>A thread's share of what a tile needs for sixteen inputs, on its way: parts of a panel, and eight tokens' inputs.</summary>
internal struct FloatTileStage
{
    /// <summary>Inputs.</summary>
    public const int Depth = 16;

    /// <summary>Words of four from an input's weights to the next one's: 64 rows, and a gap that spreads them over the banks.</summary>
    public const int WeightQuads = (FloatTileProductKernel.Rows / 4) + 1;

    /// <summary>The same of the inputs of 32 tokens.</summary>
    public const int InputQuads = (FloatTileProductKernel.Tokens / 4) + 1;

    // Sixteen threads share a panel; in inputs they are neighbours, and the four sixteens have tokens in turn.
    private const int PanelThreads = 16, TokenStep = FloatTileProductKernel.Threads / Depth;

    private Int4 _a, _b, _c, _d;
    private Float4 _low, _high;

    private static int Neighbour => Group.IdxX & (PanelThreads - 1);

    private static int Sixteen => Group.IdxX / PanelThreads;

    /// <summary>From the input <paramref name="start"/> on, of the thread's panel and of the group's tokens.</summary>
    public static FloatTileStage Load<TElement>(ArrayView<Int4> panel, DeviceMatrix x, int tokens, int columns, int start)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        var (k, part) = (start + Step<TElement>(), Neighbour & (DeviceFloats<TElement>.Parts - 1));
        var stage = default(FloatTileStage);
        stage._a = DeviceFloats<TElement>.PartOrZeros(panel, columns, k, part);
        stage._b = DeviceFloats<TElement>.PartOrZeros(panel, columns, k + Stride<TElement>(), part);
        if (DeviceFloats<TElement>.Parts > 2)
        {
            stage._c = DeviceFloats<TElement>.PartOrZeros(panel, columns, k + (2 * Stride<TElement>()), part);
            stage._d = DeviceFloats<TElement>.PartOrZeros(panel, columns, k + (3 * Stride<TElement>()), part);
        }

        // What doesn't exist is 0, see DeviceFloats.PartOrZeros.
        stage._low = x.Four(Sixteen, TokenStep, tokens, start + Neighbour, columns);
        stage._high = x.Four(Sixteen + (4 * TokenStep), TokenStep, tokens, start + Neighbour, columns);
        return stage;
    }

    /// <summary>Puts it into shared memory: weights of an input side by side, as floats, and so the inputs of all tokens.</summary>
    public readonly void Store<TElement>(ArrayView<Float4> weights, ArrayView<float> inputs)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        var part = Neighbour & (DeviceFloats<TElement>.Parts - 1);
        var own = weights.SubView((Step<TElement>() * WeightQuads) + (Sixteen * (PanelLayout.Rows / 4)) + (part * (4 / DeviceFloats<TElement>.Parts)));
        Put<TElement>(own, 0, _a);
        Put<TElement>(own, 1, _b);
        if (DeviceFloats<TElement>.Parts > 2)
        {
            Put<TElement>(own, 2, _c);
            Put<TElement>(own, 3, _d);
        }

        var column = inputs.SubView((Neighbour * InputQuads * 4) + Sixteen);
        Put(column, 0, _low);
        Put(column, 4 * TokenStep, _high);
    }

    /// <summary>The first input of the thread's parts; the others follow in strides.</summary>
    private static int Step<TElement>()
        where TElement : unmanaged, IFloatFormat<TElement> => Neighbour / DeviceFloats<TElement>.Parts;

    private static int Stride<TElement>()
        where TElement : unmanaged, IFloatFormat<TElement> => PanelThreads / DeviceFloats<TElement>.Parts;

    private static void Put<TElement>(ArrayView<Float4> weights, int index, Int4 part)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        weights[index * Stride<TElement>() * WeightQuads] = DeviceFloats<TElement>.First(part);
        if (DeviceFloats<TElement>.Parts == 2)
        {
            weights[(index * Stride<TElement>() * WeightQuads) + 1] = DeviceFloats<TElement>.Second(part);
        }
    }

    private static void Put(ArrayView<float> column, int first, Float4 values)
    {
        column[first] = values.X;
        column[first + TokenStep] = values.Y;
        column[first + (2 * TokenStep)] = values.Z;
        column[first + (3 * TokenStep)] = values.W;
    }
}

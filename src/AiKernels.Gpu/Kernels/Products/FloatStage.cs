using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>A stage of a panel and of some tokens' inputs, in shared memory.</summary>
/// <param name="shared">Its words of four.</param>
/// <param name="blocks">Blocks of inputs, see <see cref="FloatBlock"/>.</param>
internal readonly struct FloatStage(ArrayView<Float4> shared, int blocks)
{
    /// <summary>The weights.</summary>
    public readonly ArrayView<Float4> Weights = shared;

    private readonly int _blocks = blocks;

    /// <summary>Inputs.</summary>
    public int Length => _blocks * FloatBlock.Length;

    /// <summary>Words of four that a stage takes.</summary>
    public static int Quads(int blocks, int tokens) =>
        (blocks * FloatBlock.PanelQuads) + (tokens * TokenQuads(blocks));

    /// <summary>Puts a token's input in place.</summary>
    public void Put(int token, int k, float value) => Inputs(token).Cast<float>()[k] = value;

    /// <summary>y = fma(w, x, y) for the stage's inputs, or the first ones of them.</summary>
    public float Add(int row, int token, int inputs, float y)
    {
        const int pairInputs = 2 * FloatBlock.Length;
        var (weights, own) = (Weights.SubView(FloatBlock.Place(0, row)), Inputs(token));
        inputs = IntrinsicMath.Min(inputs, Length);
        var pairs = inputs / pairInputs;

        // The next block is on its way while one is added.
        var block = Block(weights, own, 0);
        for (var pair = 0; pair < pairs; pair++)
        {
            var next = Block(weights, own, (2 * pair) + 1);
            y = block.Fma(y);
            block = Block(weights, own, IntrinsicMath.Min((2 * pair) + 2, (2 * pairs) - 1));
            y = next.Fma(y);
        }

        for (var k = pairs * pairInputs; k < inputs; k++)
        {
            y = DeviceMath.Fma(weights.Cast<float>()[FloatBlock.FloatPlace(k)], own.Cast<float>()[k], y);
        }

        return y;
    }

    /// <summary>A token's inputs and a gap, so that two tokens' don't meet in a bank.</summary>
    private static int TokenQuads(int blocks) => (blocks * FloatBlock.TokenQuads) + 1;

    private static FloatBlock Block(ArrayView<Float4> weights, ArrayView<Float4> inputs, int block) =>
        FloatBlock.Load(weights.SubView(block * FloatBlock.PanelQuads), inputs.SubView(block * FloatBlock.TokenQuads));

    private ArrayView<Float4> Inputs(int token) => Weights.SubView((_blocks * FloatBlock.PanelQuads) + (token * TokenQuads(_blocks)));
}

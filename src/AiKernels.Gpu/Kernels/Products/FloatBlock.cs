using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>Sixteen inputs of a row and of a token, in registers.</summary>
internal struct FloatBlock
{
    /// <summary>Inputs.</summary>
    public const int Length = 16;

    /// <summary>Words of four that sixteen inputs of a panel take in shared memory, see <see cref="Place"/>.</summary>
    public const int PanelQuads = 4 * StepQuads;

    /// <summary>Words of four that they take of a token.</summary>
    public const int TokenQuads = Length / 4;

    // Sixteen rows and a gap after each eight, so that neither those who store nor those who load meet in a bank.
    private const int StepQuads = 18;

    private Float4 _w0, _w1, _w2, _w3, _x0, _x1, _x2, _x3;

    /// <summary>Where the word of four of a row lies that has the inputs <paramref name="step"/>, + 4, + 8, + 12.</summary>
    public static int Place(int step, int row) => (step * StepQuads) + row + (row >> 3);

    /// <summary>Where a float of a row lies, in floats from the row's first one; of any block.</summary>
    public static int FloatPlace(int k) => (((k / Length * PanelQuads) + ((k & 3) * StepQuads)) * 4) + ((k >> 2) & 3);

    /// <summary>From a row's first word of four, and a token's.</summary>
    public static FloatBlock Load(ArrayView<Float4> weights, ArrayView<Float4> inputs) => new()
    {
        _w0 = weights[0],
        _w1 = weights[StepQuads],
        _w2 = weights[2 * StepQuads],
        _w3 = weights[3 * StepQuads],
        _x0 = inputs[0],
        _x1 = inputs[1],
        _x2 = inputs[2],
        _x3 = inputs[3],
    };

    /// <summary>y = fma(w, x, y) for each of them, one after the other.</summary>
    public readonly float Fma(float y)
    {
        y = Fma(_w0.X, _w1.X, _w2.X, _w3.X, _x0, y);
        y = Fma(_w0.Y, _w1.Y, _w2.Y, _w3.Y, _x1, y);
        y = Fma(_w0.Z, _w1.Z, _w2.Z, _w3.Z, _x2, y);
        return Fma(_w0.W, _w1.W, _w2.W, _w3.W, _x3, y);
    }

    private static float Fma(float a, float b, float c, float d, Float4 x, float y) =>
        DeviceMath.Fma(d, x.W, DeviceMath.Fma(c, x.Z, DeviceMath.Fma(b, x.Y, DeviceMath.Fma(a, x.X, y))));
}

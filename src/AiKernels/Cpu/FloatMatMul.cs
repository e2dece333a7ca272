using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// The product of a few tokens with as many rows of a panel of floats as the instruction set has lanes:
/// y = fma(w[k], x[k], y), k ascending.
/// </summary>
internal static unsafe class FloatMatMul<TElement, TSimd, TRegister, TTile>
    where TElement : unmanaged, IFloatFormat<TElement>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
    where TTile : unmanaged, ITokenTile<TTile, TRegister>
{
    /// <summary>x [tokens,K], a panel's rows from <paramref name="row"/> on -> y [tokens, 16] at column row.</summary>
    public static void Run(byte* panel, int row, in Activations x, int token, float* y)
    {
        var inputs = x.Floats.Row(token);
        nint stride = x.Floats.Stride;
        var weights = (TElement*)panel + row;
        var result = default(TTile);
        for (var k = 0; k < x.Columns; k++, weights += PanelLayout.Rows)
        {
            result = TTile.MultiplyAdd<TSimd>(
                result, Lanes<TSimd, TRegister>.LoadFloats(weights), inputs + k, stride);
        }

        TTile.Store<TSimd>(result, y + row, PanelLayout.Rows);
    }
}

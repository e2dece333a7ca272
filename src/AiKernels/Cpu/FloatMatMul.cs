using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>The product of some tokens with a panel of floats: y = fma(w[k], x[k], y), k ascending.</summary>
internal static unsafe class FloatMatMul<TElement, TSimd, TRegister>
    where TElement : unmanaged, IFloatFormat<TElement>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    /// <summary>x [tokens,K] from <paramref name="token"/> on, a panel [16,K] -> y [tokens,16].</summary>
    public static void Run(byte* panel, in Activations x, int token, int tokens, float* y)
    {
        for (var row = 0; row < PanelLayout.Rows; row += TSimd.Lanes)
        {
            var weights = (TElement*)panel + row;
            var t = 0;
            for (; t + 4 <= tokens; t += 4)
            {
                RunTile<FourTokens<TRegister>>(weights, x.Floats, token + t, y + (t * PanelLayout.Rows) + row);
            }

            for (; t < tokens; t++)
            {
                RunTile<OneToken<TRegister>>(weights, x.Floats, token + t, y + (t * PanelLayout.Rows) + row);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunTile<TTile>(TElement* weights, Matrix x, int token, float* y)
        where TTile : unmanaged, ITokenTile<TTile, TRegister>
    {
        var inputs = x.Row(token);
        var result = default(TTile);
        for (var k = 0; k < x.Columns; k++, weights += PanelLayout.Rows)
        {
            result = TTile.MultiplyAdd<TSimd>(
                result, Lanes<TSimd, TRegister>.LoadFloats(weights), inputs + k, x.Stride);
        }

        TTile.Store<TSimd>(result, y, PanelLayout.Rows);
    }
}

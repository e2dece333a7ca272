using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>product = gate / (1 + exp(-gate)) * product, for the 16 rows of a panel and some tokens.</summary>
internal static unsafe class SiluGate<TSimd, TRegister>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    /// <summary>Strides are the floats from a token's rows to the next one's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(float* gates, int gateStride, float* products, int productStride, int tokens)
    {
        for (var token = 0; token < tokens; token++, gates += gateStride, products += productStride)
        {
            for (var row = 0; row < PanelLayout.Rows; row += TSimd.Lanes)
            {
                var gate = TSimd.Load(gates + row);
                var exp = Lanes<TSimd, TRegister>.Exp(Lanes<TSimd, TRegister>.Negate(gate));
                var silu = TSimd.Divide(gate, TSimd.Add(TSimd.Broadcast(1f), exp));
                TSimd.Store(products + row, TSimd.Multiply(silu, TSimd.Load(products + row)));
            }
        }
    }
}

using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;

namespace AiKernels.Cpu;

/// <summary>y = gate / (1 + exp(-gate)) * up. An item is a row.</summary>
internal readonly unsafe struct GatedSilu<TSimd, TRegister>(Matrix gate, Matrix up, Matrix y) : IWork
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public void Run(int item)
    {
        var i = Apply<TSimd, TRegister>(item, 0);
        Apply<Scalar, int>(item, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Apply<TLanes, TAny>(int row, int i)
        where TLanes : ISimd<TAny>
        where TAny : unmanaged
    {
        float* gates = gate.Row(row), ups = up.Row(row), outputs = y.Row(row);
        for (; i + TLanes.Lanes <= y.Columns; i += TLanes.Lanes)
        {
            var value = TLanes.Load(gates + i);
            var exp = Lanes<TLanes, TAny>.Exp(Lanes<TLanes, TAny>.Negate(value));
            var silu = TLanes.Divide(value, TLanes.Add(TLanes.Broadcast(1f), exp));
            TLanes.Store(outputs + i, TLanes.Multiply(silu, TLanes.Load(ups + i)));
        }

        return i;
    }
}

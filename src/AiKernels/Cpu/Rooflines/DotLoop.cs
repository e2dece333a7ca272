using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;

namespace AiKernels.Cpu.Rooflines;

/// <summary>The dot product of an instruction set, on two tokens' operands and four panels'.</summary>
/// <param name="unit">The instruction set's name.</param>
internal sealed unsafe class DotLoop<TSimd, TRegister>(string unit) : MultiplyLoop
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Tokens = 2, Panels = 4;

    public override string Unit => unit;

    // A lane holds four products; each is a multiplication and an addition.
    public override long OperationsPerRound => Tokens * Panels * TSimd.Lanes * 4 * 2;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Run(byte* operands, int rounds)
    {
        // Eight sums: two dot products a cycle, each some four cycles long, and with their operands no more than the
        // sixteen registers that AVX2 has.
        TRegister a = TSimd.Broadcast(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        for (var round = 0; round < rounds; round++)
        {
            var source = operands + (round % 8 * (Tokens + Panels) * sizeof(TRegister));
            var first = TSimd.Load(source);
            var second = TSimd.Load(source + sizeof(TRegister));
            var panel = TSimd.Load(source + (2 * sizeof(TRegister)));
            a = TSimd.DotUnsigned(a, panel, first);
            b = TSimd.DotUnsigned(b, panel, second);
            panel = TSimd.Load(source + (3 * sizeof(TRegister)));
            c = TSimd.DotUnsigned(c, panel, first);
            d = TSimd.DotUnsigned(d, panel, second);
            panel = TSimd.Load(source + (4 * sizeof(TRegister)));
            e = TSimd.DotUnsigned(e, panel, first);
            f = TSimd.DotUnsigned(f, panel, second);
            panel = TSimd.Load(source + (5 * sizeof(TRegister)));
            g = TSimd.DotUnsigned(g, panel, first);
            h = TSimd.DotUnsigned(h, panel, second);
        }

        var bits = stackalloc byte[sizeof(TRegister)];
        a = TSimd.Or(TSimd.Or(TSimd.Or(a, b), TSimd.Or(c, d)), TSimd.Or(TSimd.Or(e, f), TSimd.Or(g, h)));
        TSimd.Store(bits, a);
        return *(int*)bits;
    }
}

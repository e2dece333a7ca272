using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AiKernels.Cpu.Rooflines;

/// <summary><c>vpdpbusd</c> on 256 bits, on three tokens' operands and four panels'.</summary>
internal sealed unsafe class VnniLoop : MultiplyLoop
{
    private const int Tokens = 3, Panels = 4;

    public static bool IsSupported => AvxVnni.IsSupported;

    public override string Unit => "AVX-VNNI";

    public override long OperationsPerRound => Tokens * Panels * Vector256<byte>.Count * 2;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Run(byte* operands, int rounds)
    {
        // Twelve sums: two a cycle, up to five cycles each. With a panel and three tokens they fill the sixteen registers.
        Vector256<int> a = default, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        for (var round = 0; round < rounds; round++)
        {
            var source = operands + (round % 8 * (Tokens + Panels) * Vector256<byte>.Count);
            var first = Vector256.Load((sbyte*)source);
            var second = Vector256.Load((sbyte*)source + 32);
            var third = Vector256.Load((sbyte*)source + 64);
            var panel = Vector256.Load(source + 96);
            a = AvxVnni.MultiplyWideningAndAdd(a, panel, first);
            b = AvxVnni.MultiplyWideningAndAdd(b, panel, second);
            c = AvxVnni.MultiplyWideningAndAdd(c, panel, third);
            panel = Vector256.Load(source + 128);
            d = AvxVnni.MultiplyWideningAndAdd(d, panel, first);
            e = AvxVnni.MultiplyWideningAndAdd(e, panel, second);
            f = AvxVnni.MultiplyWideningAndAdd(f, panel, third);
            panel = Vector256.Load(source + 160);
            g = AvxVnni.MultiplyWideningAndAdd(g, panel, first);
            h = AvxVnni.MultiplyWideningAndAdd(h, panel, second);
            i = AvxVnni.MultiplyWideningAndAdd(i, panel, third);
            panel = Vector256.Load(source + 192);
            j = AvxVnni.MultiplyWideningAndAdd(j, panel, first);
            k = AvxVnni.MultiplyWideningAndAdd(k, panel, second);
            l = AvxVnni.MultiplyWideningAndAdd(l, panel, third);
        }

        return (a + b + c + d + e + f + g + h + i + j + k + l).ToScalar();
    }
}

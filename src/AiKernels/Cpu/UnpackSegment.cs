using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// Turns the bit planes of a panel's segment into bytes: codes [steps][16 rows][4 inputs], once for all tokens. The
/// layout of the planes is <see cref="BlockPanel{TBlock}"/>'s.
/// </summary>
internal static unsafe class UnpackSegment<TBlock, TSimd, TRegister>
    where TBlock : unmanaged, IBlockFormat<TBlock>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int StepBytes = PanelLayout.StepBytes;
    private const int LowFour = 0x0F0F0F0F, LowTwo = 0x03030303, LowOne = 0x01010101;

    private static bool HasFour
    {
        [MethodImpl(Inline)]
        get => (TBlock.CodeBits & 4) != 0;
    }

    private static bool HasTwo
    {
        [MethodImpl(Inline)]
        get => (TBlock.CodeBits & 2) != 0;
    }

    private static bool HasOne
    {
        [MethodImpl(Inline)]
        get => (TBlock.CodeBits & 1) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(byte* segment, byte* codes)
    {
        for (var i = 0; i < TBlock.SegmentLength; i += PanelLayout.Chunk)
        {
            for (var part = 0; part < StepBytes; part += TSimd.Lanes * PanelLayout.Depth)
            {
                FourSteps(segment + part, codes + part, upper: false);
                FourSteps(segment + part, codes + part + (4 * StepBytes), upper: true);
            }

            segment += BlockPanel<TBlock>.ChunkBytes;
            codes += 8 * StepBytes;
        }
    }

    /// <summary>Steps 0 to 3 of a chunk, or 4 to 7: one byte of the 2-bit plane, two of the 4-bit plane.</summary>
    [MethodImpl(Inline)]
    private static void FourSteps(byte* chunk, byte* codes, bool upper)
    {
        var four = chunk + (upper ? 2 * StepBytes : 0);
        var two = chunk + (HasFour ? 4 * StepBytes : 0) + (upper ? StepBytes : 0);
        var one = chunk + (HasFour ? 4 * StepBytes : 0) + (HasTwo ? 2 * StepBytes : 0);
        TRegister a = default, b = default, c = default, d = default;
        if (HasFour)
        {
            var (first, second) = (TSimd.Load(four), TSimd.Load(four + StepBytes));
            (a, b) = (first, TSimd.ShiftRightHalves(first, 4));
            (c, d) = (second, TSimd.ShiftRightHalves(second, 4));
            (a, b, c, d) = (Mask(a, LowFour), Mask(b, LowFour), Mask(c, LowFour), Mask(d, LowFour));
        }

        if (HasTwo)
        {
            var bits = TSimd.Load(two);
            a = Join(a, Mask(bits, LowTwo));
            b = Join(b, Mask(TSimd.ShiftRightHalves(bits, 2), LowTwo));
            c = Join(c, Mask(TSimd.ShiftRightHalves(bits, 4), LowTwo));
            d = Join(d, Mask(TSimd.ShiftRightHalves(bits, 6), LowTwo));
        }

        if (HasOne)
        {
            var bits = upper ? TSimd.ShiftRightHalves(TSimd.Load(one), 4) : TSimd.Load(one);
            a = JoinTop(a, Mask(bits, LowOne));
            b = JoinTop(b, Mask(TSimd.ShiftRightHalves(bits, 1), LowOne));
            c = JoinTop(c, Mask(TSimd.ShiftRightHalves(bits, 2), LowOne));
            d = JoinTop(d, Mask(TSimd.ShiftRightHalves(bits, 3), LowOne));
        }

        TSimd.Store(codes, a);
        TSimd.Store(codes + StepBytes, b);
        TSimd.Store(codes + (2 * StepBytes), c);
        TSimd.Store(codes + (3 * StepBytes), d);
    }

    [MethodImpl(Inline)]
    private static TRegister Mask(TRegister bits, int mask) => TSimd.And(bits, TSimd.Broadcast(mask));

    /// <summary>Sets two bits above the four, where there are four. Shift counts must be literals to become immediates.</summary>
    [MethodImpl(Inline)]
    private static TRegister Join(TRegister code, TRegister bits) =>
        HasFour ? TSimd.Or(code, TSimd.ShiftLeftHalves(bits, 4)) : bits;

    /// <summary>Sets one bit above all others.</summary>
    [MethodImpl(Inline)]
    private static TRegister JoinTop(TRegister code, TRegister bits) => (HasFour, HasTwo) switch
    {
        (true, true) => TSimd.Or(code, TSimd.ShiftLeftHalves(bits, 6)),
        (true, false) => TSimd.Or(code, TSimd.ShiftLeftHalves(bits, 4)),
        (false, true) => TSimd.Or(code, TSimd.ShiftLeftHalves(bits, 2)),
        _ => bits,
    };
}

using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// The product of a few tokens with as many rows of a quantized panel as the instruction set has lanes.
/// </summary>
/// <remarks>
/// For each segment I = sum of GroupScale * Quant * a and J = sum of GroupMinimum * A as int32, exact in any order, then
/// y = fma(Scale * t, I, y) and y = fma(-(MinimumScale * t), J, y). Quant = code - offset, and the codes are unsigned,
/// so I = sum of GroupScale * code * a, minus offset * sum of GroupScale * A.
/// </remarks>
internal static unsafe class BlockMatMul<TBlock, TSimd, TRegister, TTile>
    where TBlock : unmanaged, IBlockFormat<TBlock>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
    where TTile : unmanaged, ITokenTile<TTile, TRegister>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int BothSums = -1, FirstSum = 0xFFFF, SecondSum = ~0xFFFF;

    private static int StepsPerGroup
    {
        [MethodImpl(Inline)] get => Math.Min(TBlock.GroupLength, PanelLayout.Chunk) / PanelLayout.Depth;
    }

    private static int StepsPerFold
    {
        [MethodImpl(Inline)] get => Math.Min(TSimd.DotsPerFold(TBlock.CodeBits), StepsPerGroup);
    }

    /// <summary>x [tokens,K], a panel's rows from <paramref name="row"/> on -> y [tokens, 16] at column row.</summary>
    public static void Run(byte* panel, int row, in Activations x, int token, float* y)
    {
        var codes = x.Codes + ((long)token * x.Columns);
        var scales = x.Scales + ((long)token * x.ScaleStride);
        var sums = x.Sums + ((long)token * x.SumStride);
        nint codeStride = x.Columns, scaleStride = x.ScaleStride, sumStride = x.SumStride;

        var result = default(TTile);
        for (var segments = x.Columns / TBlock.SegmentLength; segments > 0; segments--)
        {
            var dot = Dot(panel, row, codes, codeStride, sums, sumStride);
            var scale = Lanes<TSimd, TRegister>.LoadHalf((ushort*)(panel + BlockPanel<TBlock>.ScaleOffset) + row);
            result = TTile.AddScaled<TSimd>(result, scale, scales, dot, scaleStride);
            if (TBlock.HasMinimum)
            {
                var minima = Minima(panel, row, sums, sumStride);
                scale = Lanes<TSimd, TRegister>.LoadHalf((ushort*)(panel + BlockPanel<TBlock>.MinimumScaleOffset) + row);
                result = TTile.AddScaled<TSimd>(result, Lanes<TSimd, TRegister>.Negate(scale), scales, minima, scaleStride);
            }

            panel += BlockPanel<TBlock>.SegmentBytes;
            codes += TBlock.SegmentLength;
            sums += TBlock.SegmentLength / Activations.SumLength;
            scales++;
        }

        TTile.Store<TSimd>(result, y + row, PanelLayout.Rows);
    }

    /// <summary>I of one segment.</summary>
    [MethodImpl(Inline)]
    private static TTile Dot(byte* panel, int row, sbyte* codes, nint codeStride, short* sums, nint sumStride)
    {
        var dot = default(TTile);
        var factors = (sbyte*)panel + BlockPanel<TBlock>.FactorOffset + row;
        var chunk = panel + (row * PanelLayout.Depth);
        for (var i = 0; i < TBlock.SegmentLength; i += PanelLayout.Chunk)
        {
            var partial = default(TTile);
            // Unrolled, since RyuJIT would not: every step has its own shifts, and only some fold.
            Step(ref dot, ref partial, 0, chunk, factors, codes, codeStride);
            Step(ref dot, ref partial, 1, chunk, factors, codes, codeStride);
            Step(ref dot, ref partial, 2, chunk, factors, codes, codeStride);
            Step(ref dot, ref partial, 3, chunk, factors, codes, codeStride);
            Step(ref dot, ref partial, 4, chunk, factors, codes, codeStride);
            Step(ref dot, ref partial, 5, chunk, factors, codes, codeStride);
            Step(ref dot, ref partial, 6, chunk, factors, codes, codeStride);
            Step(ref dot, ref partial, 7, chunk, factors, codes, codeStride);
            chunk += BlockPanel<TBlock>.ChunkBytes;
            codes += PanelLayout.Chunk;
            factors += PanelLayout.Chunk / TBlock.GroupLength * PanelLayout.Rows;
        }

        return TBlock.CodeOffset == 0 ? dot : SubtractOffset(dot, panel, row, sums, sumStride);
    }

    [MethodImpl(Inline)]
    private static void Step(
        ref TTile dot, ref TTile partial, int step, byte* chunk, sbyte* factors, sbyte* codes, nint codeStride)
    {
        var weights = Unpacked<TBlock, TSimd, TRegister>.Step(chunk, step);
        codes += step * PanelLayout.Depth;
        partial = TBlock.CodeBits == 8
            ? TTile.DotSigned<TSimd>(partial, weights, codes, codeStride)
            : TTile.DotUnsigned<TSimd>(partial, weights, codes, codeStride);
        if ((step + 1) % StepsPerFold != 0)
        {
            return;
        }

        dot = BlockPanel<TBlock>.HasGroupFactors
            ? TTile.Fold<TSimd>(dot, partial, TSimd.LoadFactors(factors + (step / StepsPerGroup * PanelLayout.Rows)))
            : TTile.Fold<TSimd>(dot, partial);
        partial = default;
    }

    /// <summary>dot - CodeOffset * sum of GroupScale * A.</summary>
    [MethodImpl(Inline)]
    private static TTile SubtractOffset(TTile dot, byte* panel, int row, short* sums, nint sumStride)
    {
        var excess = BlockPanel<TBlock>.HasGroupFactors
            ? FactorsTimesSums(panel + BlockPanel<TBlock>.FactorOffset, row, sums, sumStride)
            : PlainSums(sums, sumStride);
        return TTile.SubtractScaled<TSimd>(dot, excess, TBlock.CodeOffset);
    }

    /// <summary>J of one segment.</summary>
    [MethodImpl(Inline)]
    private static TTile Minima(byte* panel, int row, short* sums, nint sumStride) =>
        BlockPanel<TBlock>.HasGroupFactors
            ? FactorsTimesSums(panel + BlockPanel<TBlock>.MinimumOffset, row, sums, sumStride)
            : PlainSums(sums, sumStride);

    [MethodImpl(Inline)]
    private static TTile FactorsTimesSums(byte* factors, int row, short* sums, nint sumStride)
    {
        var total = default(TTile);
        var next = (sbyte*)factors + row;
        for (var i = 0; i < TBlock.SegmentLength; i += PanelLayout.Chunk)
        {
            if (TBlock.GroupLength == Activations.SumLength)
            {
                total = TTile.PairDot<TSimd>(total, TSimd.LoadFactors(next), sums, FirstSum, sumStride);
                total = TTile.PairDot<TSimd>(
                    total, TSimd.LoadFactors(next + PanelLayout.Rows), sums, SecondSum, sumStride);
            }
            else
            {
                total = TTile.PairDot<TSimd>(total, TSimd.LoadFactors(next), sums, BothSums, sumStride);
            }

            next += PanelLayout.Chunk / TBlock.GroupLength * PanelLayout.Rows;
            sums += PanelLayout.Chunk / Activations.SumLength;
        }

        return total;
    }

    [MethodImpl(Inline)]
    private static TTile PlainSums(short* sums, nint sumStride)
    {
        var total = default(TTile);
        for (var i = 0; i < TBlock.SegmentLength; i += PanelLayout.Chunk)
        {
            total = TTile.PairDot<TSimd>(total, TSimd.Broadcast(0x0001_0001), sums, BothSums, sumStride);
            sums += PanelLayout.Chunk / Activations.SumLength;
        }

        return total;
    }
}

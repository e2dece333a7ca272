using System.Runtime.CompilerServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// The product of some tokens with a panel of quantized weights, segment by segment: codes are unpacked once, and all
/// tokens run past them while they are in the nearest cache.
/// </summary>
/// <remarks>
/// For each segment I = sum of GroupScale * Quant * a and J = sum of GroupMinimum * A as int32, exact in any order, then
/// y = fma(Scale * t, I, y) and y = fma(-(MinimumScale * t), J, y). Quant = code - offset, and the codes are unsigned,
/// so I = sum of GroupScale * code * a, minus offset * sum of GroupScale * A.
/// </remarks>
internal static unsafe class BlockMatMul<TBlock, TSimd, TRegister>
    where TBlock : unmanaged, IBlockFormat<TBlock>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // These run for seconds on end from their first call: waiting for tiered compilation would cost a whole prompt.
    private const MethodImplOptions Optimized = MethodImplOptions.AggressiveOptimization;

    private const int BothSums = -1, FirstSum = 0xFFFF, SecondSum = ~0xFFFF;

    /// <summary>x [tokens,K] from <paramref name="token"/> on, a panel [16,K] -> y [tokens,16].</summary>
    public static void Run(byte* panel, in Activations x, int token, int tokens, float* y)
    {
        new Span<float>(y, tokens * PanelLayout.Rows).Clear();
        var codes = stackalloc byte[PanelLayout.Rows * TBlock.SegmentLength];
        for (var segment = 0; segment < x.Floats.Columns / TBlock.SegmentLength; segment++)
        {
            var weights = codes;
            if (TBlock.CodeBits == 8)
            {
                weights = panel; // Bytes already.
            }
            else
            {
                UnpackSegment<TBlock, TSimd, TRegister>.Run(panel, codes);
            }

            for (var row = 0; row < PanelLayout.Rows; row += TSimd.Lanes)
            {
                RunRows(weights, panel, row, x, segment, token, tokens, y + row);
            }

            panel += BlockPanel<TBlock>.SegmentBytes;
        }
    }

    private static void RunRows(
        byte* codes, byte* panel, int row, in Activations x, int segment, int token, int tokens, float* y)
    {
        var operands = new Operands(codes, panel, row, x, segment);
        var t = 0;
        for (; t + 4 <= tokens; t += 4)
        {
            RunTile<FourTokens<TRegister>>(operands, token + t, y + (t * PanelLayout.Rows));
        }

        for (; t < tokens; t++)
        {
            RunTile<OneToken<TRegister>>(operands, token + t, y + (t * PanelLayout.Rows));
        }
    }

    [MethodImpl(Optimized)]
    private static void RunTile<TTile>(in Operands operands, int token, float* y)
        where TTile : unmanaged, ITokenTile<TTile, TRegister>
    {
        var record = operands.Record + ((long)token * operands.RecordBytes);
        var sums = (short*)(record + ActivationLayout.SumsAt) + (operands.First / ActivationLayout.SumLength);
        var t = (float*)(record + ActivationLayout.ScalesAt) + (operands.First / operands.BlockLength);
        nint sumStride = operands.RecordBytes / sizeof(short), scaleStride = operands.RecordBytes / sizeof(float);
        var dot = Dot<TTile>(operands, (sbyte*)record + operands.First);
        if (TBlock.CodeOffset != 0)
        {
            var excess = FactorsTimesSums<TTile>(operands.Factors, sums, sumStride);
            dot = TTile.SubtractScaled<TSimd>(dot, excess, TBlock.CodeOffset);
        }

        var result = TTile.Load<TSimd>(y, PanelLayout.Rows);
        var scale = Lanes<TSimd, TRegister>.LoadHalf(operands.RowScales);
        result = TTile.AddScaled<TSimd>(result, scale, t, dot, scaleStride);
        if (TBlock.HasMinimum)
        {
            var minima = FactorsTimesSums<TTile>(operands.Minima, sums, sumStride);
            scale = Lanes<TSimd, TRegister>.Negate(Lanes<TSimd, TRegister>.LoadHalf(operands.RowMinimumScales));
            result = TTile.AddScaled<TSimd>(result, scale, t, minima, scaleStride);
        }

        TTile.Store<TSimd>(result, y, PanelLayout.Rows);
    }

    /// <summary>Sum of GroupScale * code * a, with the codes' offset still in it.</summary>
    [MethodImpl(Inline)]
    private static TTile Dot<TTile>(in Operands operands, sbyte* activations)
        where TTile : unmanaged, ITokenTile<TTile, TRegister>
    {
        var dot = default(TTile);
        var codes = operands.Codes;
        var stepsPerGroup = Math.Min(TBlock.GroupLength, PanelLayout.Chunk) / PanelLayout.Depth;
        var stepsPerFold = Math.Min(TSimd.DotsPerFold(TBlock.CodeBits), stepsPerGroup);
        for (var step = 0; step < TBlock.SegmentLength / PanelLayout.Depth;)
        {
            var partial = default(TTile);
            for (var end = step + stepsPerFold; step < end; step++)
            {
                var weights = TSimd.Load(codes);
                partial = TBlock.CodeBits == 8
                    ? TTile.DotSigned<TSimd>(partial, weights, activations, operands.RecordBytes)
                    : TTile.DotUnsigned<TSimd>(partial, weights, activations, operands.RecordBytes);
                codes += PanelLayout.StepBytes;
                activations += PanelLayout.Depth;
            }

            if (BlockPanel<TBlock>.HasGroupFactors)
            {
                var group = (step - 1) / stepsPerGroup;
                dot = TTile.Fold<TSimd>(dot, partial, TSimd.LoadFactors(operands.Factors + (group * PanelLayout.Rows)));
            }
            else
            {
                dot = TTile.Fold<TSimd>(dot, partial);
            }
        }

        return dot;
    }

    /// <summary>Sum over groups of factor * A; factors are 1 where a segment has one group.</summary>
    [MethodImpl(Inline)]
    private static TTile FactorsTimesSums<TTile>(sbyte* factors, short* sums, nint stride)
        where TTile : unmanaged, ITokenTile<TTile, TRegister>
    {
        var total = default(TTile);
        for (var i = 0; i < TBlock.SegmentLength; i += PanelLayout.Chunk)
        {
            if (!BlockPanel<TBlock>.HasGroupFactors)
            {
                total = TTile.PairDot<TSimd>(total, TSimd.Broadcast(0x0001_0001), sums, BothSums, stride);
            }
            else if (TBlock.GroupLength == ActivationLayout.SumLength)
            {
                total = TTile.PairDot<TSimd>(total, TSimd.LoadFactors(factors), sums, FirstSum, stride);
                factors += PanelLayout.Rows;
                total = TTile.PairDot<TSimd>(total, TSimd.LoadFactors(factors), sums, SecondSum, stride);
                factors += PanelLayout.Rows;
            }
            else
            {
                total = TTile.PairDot<TSimd>(total, TSimd.LoadFactors(factors), sums, BothSums, stride);
                factors += PanelLayout.Rows;
            }

            sums += PanelLayout.Chunk / ActivationLayout.SumLength;
        }

        return total;
    }

    /// <summary>Where a segment's operands are, for the rows from one on; token 0's, and the way to the next token's.</summary>
    private readonly struct Operands(byte* codes, byte* panel, int row, in Activations x, int segment)
    {
        public readonly byte* Codes = codes + (row * PanelLayout.Depth);
        public readonly sbyte* Factors = (sbyte*)panel + BlockPanel<TBlock>.FactorOffset + row;
        public readonly sbyte* Minima = (sbyte*)panel + BlockPanel<TBlock>.MinimumOffset + row;
        public readonly ushort* RowScales = (ushort*)(panel + BlockPanel<TBlock>.ScaleOffset) + row;
        public readonly ushort* RowMinimumScales = (ushort*)(panel + BlockPanel<TBlock>.MinimumScaleOffset) + row;
        public readonly byte* Record = x.Record(segment * TBlock.SegmentLength / ActivationLayout.RecordLength, 0);
        public readonly int First = segment * TBlock.SegmentLength % ActivationLayout.RecordLength;
        public readonly int RecordBytes = x.Layout.RecordBytes;
        public readonly int BlockLength = x.Layout.BlockLength;
    }
}

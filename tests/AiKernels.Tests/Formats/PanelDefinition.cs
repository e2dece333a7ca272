using System.Runtime.InteropServices;
using AiKernels.Formats;

namespace AiKernels.Tests.Formats;

/// <summary>The packed layout of <see cref="BlockPanel{TBlock}"/>, written bit by bit from its description.</summary>
internal static class PanelDefinition
{
    public static byte[] Pack<TBlock>(ReadOnlySpan<TBlock> blocks, int rows, int columns)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var panel = new byte[BlockPanel<TBlock>.Bytes(columns)];
        for (var row = 0; row < rows; row++)
        {
            for (var k = 0; k < columns; k++)
            {
                var block = blocks[((row * columns) + k) / TBlock.Length];
                var segment = panel.AsSpan(k / TBlock.SegmentLength * BlockPanel<TBlock>.SegmentBytes);
                PutCode<TBlock>(segment, row, k % TBlock.SegmentLength, TBlock.Quant(block, k % TBlock.Length) + TBlock.CodeOffset);
                PutFactors(segment, row, block, k % TBlock.Length);
            }
        }

        return panel;
    }

    private static void PutCode<TBlock>(Span<byte> segment, int row, int i, int code)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var (chunk, step) = (i / 32, i % 32 / 4);
        var plane = chunk * 64 * TBlock.CodeBits;
        foreach (var bits in TBlock.CodeBits == 8 ? (int[])[8] : [4, 2, 1])
        {
            if ((TBlock.CodeBits & bits) != 0)
            {
                var stepsPerByte = 8 / bits;
                var at = plane + (step / stepsPerByte * 64) + (row * 4) + (i % 4);
                segment[at] |= (byte)((code & ((1 << bits) - 1)) << (step % stepsPerByte * bits));
                plane += bits * 64;
                code >>= bits;
            }
        }
    }

    private static void PutFactors<TBlock>(Span<byte> segment, int row, TBlock block, int i)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var (group, groups) = (i / TBlock.GroupLength, TBlock.SegmentLength / TBlock.GroupLength);
        var at = TBlock.SegmentLength / 32 * 64 * TBlock.CodeBits;
        if (groups > 1)
        {
            segment[at + (group % groups * 16) + row] = (byte)TBlock.GroupScale(block, group);
            at += groups * 16;
            if (TBlock.HasMinimum)
            {
                segment[at + (group % groups * 16) + row] = (byte)TBlock.GroupMinimum(block, group);
                at += groups * 16;
            }
        }

        var scales = MemoryMarshal.Cast<byte, ushort>(segment[at..]);
        scales[row] = HalfBits.FromFloat(TBlock.Scale(block, i / TBlock.SegmentLength));
        if (TBlock.HasMinimum)
        {
            scales[16 + row] = HalfBits.FromFloat(TBlock.MinimumScale(block, i / TBlock.SegmentLength));
        }
    }
}

using System.Runtime.InteropServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <inheritdoc/>
internal sealed unsafe class BlockKernel<TBlock, TSimd, TRegister> : PanelKernel
    where TBlock : unmanaged, IBlockFormat<TBlock>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public BlockKernel()
    {
        if (TBlock.GroupLength % ActivationLayout.SumLength != 0)
        {
            throw new NotSupportedException($"{TBlock.Type} has groups of {TBlock.GroupLength}, no multiple of {ActivationLayout.SumLength}");
        }

        if (TBlock.SegmentLength % PanelLayout.Chunk != 0 || ActivationLayout.RecordLength % TBlock.SegmentLength != 0)
        {
            throw new NotSupportedException($"{TBlock.Type} has segments of {TBlock.SegmentLength}, no multiple of {PanelLayout.Chunk} that divides {ActivationLayout.RecordLength}");
        }
    }

    // Blocks of activations are as long as the weights' segments, but at least 32. Codes of 8 bits are signed.
    public override ActivationLayout? InputLayout { get; } = new(
        Math.Max(TBlock.SegmentLength, PanelLayout.Chunk),
        TBlock.GroupLength,
        TBlock.CodeBits == 8 ? 128 : TBlock.CodeOffset,
        TBlock.HasMinimum);

    public override long PanelBytes(int columns) => BlockPanel<TBlock>.Bytes(columns);

    public override void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel) =>
        BlockPanel<TBlock>.Pack(MemoryMarshal.Cast<byte, TBlock>(stored), rows, columns, panel);

    public override void UnpackRow(byte* panel, int row, int columns, float* destination) =>
        BlockPanel<TBlock>.UnpackRow(panel, row, columns, destination);

    public override int RowsAtOnce(int tokens) => PanelLayout.Rows;

    public override void Multiply(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        for (var panel = 0; panel < count; panel++)
        {
            BlockMatMul<TBlock, TSimd, TRegister>.Run(
                panels + (panel * PanelBytes(x.Floats.Columns)), x, token, tokens, y + (panel * tokens * PanelLayout.Rows));
        }
    }

    public override void Gate(float* gates, int gateStride, float* products, int productStride, int tokens) =>
        SiluGate<TSimd, TRegister>.Apply(gates, gateStride, products, productStride, tokens);
}

using System.Runtime.InteropServices;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>A format on an instruction set: what a weight needs done to its panels. Chosen once, at upload.</summary>
internal abstract unsafe class PanelKernel
{
    /// <summary>Tokens that one call of <see cref="Multiply"/> takes at most.</summary>
    public const int MaxTokens = 4;

    /// <summary>Inputs that share an activation scale; 0 where the kernel reads the floats themselves.</summary>
    public abstract int ActivationBlock { get; }

    public abstract long PanelBytes(int columns);

    /// <summary>Packs up to 16 stored rows into a panel whose memory is zero.</summary>
    public abstract void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel);

    public abstract void UnpackRow(byte* panel, int row, int columns, float* destination);

    /// <summary>x [tokens,K] from <paramref name="token"/> on, a panel [16,K] -> y [tokens,16].</summary>
    public abstract void Multiply(byte* panel, in Activations x, int token, int tokens, float* y);
}

/// <inheritdoc/>
internal sealed unsafe class BlockKernel<TBlock, TSimd, TRegister> : PanelKernel
    where TBlock : unmanaged, IBlockFormat<TBlock>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    // Blocks of activations are as long as the weights' segments, but at least 32.
    public override int ActivationBlock => Math.Max(TBlock.SegmentLength, PanelLayout.Chunk);

    public override long PanelBytes(int columns) => BlockPanel<TBlock>.Bytes(columns);

    public override void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel) =>
        BlockPanel<TBlock>.Pack(MemoryMarshal.Cast<byte, TBlock>(stored), rows, columns, panel);

    public override void UnpackRow(byte* panel, int row, int columns, float* destination) =>
        BlockPanel<TBlock>.UnpackRow(panel, row, columns, destination);

    public override void Multiply(byte* panel, in Activations x, int token, int tokens, float* y)
    {
        for (var row = 0; row < PanelLayout.Rows; row += TSimd.Lanes)
        {
            if (tokens == MaxTokens)
            {
                BlockMatMul<TBlock, TSimd, TRegister, PairOfTiles<PairOfTiles<OneToken<TRegister>, TRegister>, TRegister>>.Run(panel, row, x, token, y);
                continue;
            }

            for (var t = 0; t < tokens; t++)
            {
                BlockMatMul<TBlock, TSimd, TRegister, OneToken<TRegister>>.Run(
                    panel, row, x, token + t, y + (t * PanelLayout.Rows));
            }
        }
    }
}

/// <inheritdoc/>
internal sealed unsafe class FloatKernel<TElement, TSimd, TRegister> : PanelKernel
    where TElement : unmanaged, IFloatFormat<TElement>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    public override int ActivationBlock => 0;

    public override long PanelBytes(int columns) => FloatPanel<TElement>.Bytes(columns);

    public override void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel) =>
        FloatPanel<TElement>.Pack(MemoryMarshal.Cast<byte, TElement>(stored), rows, columns, panel);

    public override void UnpackRow(byte* panel, int row, int columns, float* destination) =>
        FloatPanel<TElement>.UnpackRow(panel, row, columns, destination);

    public override void Multiply(byte* panel, in Activations x, int token, int tokens, float* y)
    {
        for (var row = 0; row < PanelLayout.Rows; row += TSimd.Lanes)
        {
            if (tokens == MaxTokens)
            {
                FloatMatMul<TElement, TSimd, TRegister, PairOfTiles<PairOfTiles<OneToken<TRegister>, TRegister>, TRegister>>.Run(panel, row, x, token, y);
                continue;
            }

            for (var t = 0; t < tokens; t++)
            {
                FloatMatMul<TElement, TSimd, TRegister, OneToken<TRegister>>.Run(
                    panel, row, x, token + t, y + (t * PanelLayout.Rows));
            }
        }
    }
}

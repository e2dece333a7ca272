namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Emits what AMX, which multiplies signed bytes, needs of a code: Quant or, with group factors, GroupScale * Quant in two
/// bytes, 2^shift * high + low.
/// </summary>
internal abstract class AmxCodes
{
    /// <summary>The way for a tile, on vector registers from one on: ten at most.</summary>
    public static AmxCodes Of(VectorAssembler a, WeightTile tile, int first) => tile.Shape switch
    {
        { IsGrouped: false } => new SignedCodes(a, tile, first),
        var shape when SplitFactors.Fit(shape) => new SplitFactors(a, tile, first),
        _ => new SplitProducts(a, tile, first),
    };

    /// <summary>Bits of the low part of GroupScale * Quant.</summary>
    public static int Shift(BlockShape shape) => SplitFactors.Fit(shape) ? SplitFactors.LowBits(shape) : SplitProducts.LowBits;

    /// <summary>Before anything is stored.</summary>
    public abstract void LoadConstants();

    /// <summary>The factors of the codes that follow, from a register of integers, which is lost.</summary>
    public abstract void SetFactors(int factors);

    /// <summary>Stores a register of codes, which is lost.</summary>
    public abstract void Store(Address to, int code);

    /// <summary>The constant that has 16 bits in both of its halves.</summary>
    protected static int Twice(int half) => unchecked(((ushort)half << 16) | (ushort)half);
}

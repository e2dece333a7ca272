namespace AiKernels.Cpu.Assembled;

/// <summary>
/// With small unsigned factors and codes, the factors are split: high = (factor >> shift) * code, low = (factor &amp; mask) *
/// code. Neither leaves its byte, so that two codes are multiplied at once in a word of 16 bits.
/// </summary>
internal sealed class SplitFactors(VectorAssembler a, WeightTile tile, int first) : AmxCodes
{
    private readonly int _lowFactors = first, _highFactors = first + 1, _mask = first + 2, _high = first + 3;

    /// <summary>Whether both parts are signed bytes.</summary>
    public static bool Fit(BlockShape shape) =>
        shape.Input.CodeOffset == 0 && shape.FactorBits < 8
        && ((1 << shape.CodeBits) - 1) * ((1 << LowBits(shape)) - 1) <= sbyte.MaxValue;

    public static int LowBits(BlockShape shape) => (shape.FactorBits + 1) / 2;

    public override void LoadConstants() => a.Broadcast(_mask, Twice((1 << LowBits(tile.Shape)) - 1));

    public override void SetFactors(int factors)
    {
        a.ShiftLeftInt(_highFactors, factors, 16);
        a.Or(factors, factors, _highFactors);
        a.And(_lowFactors, factors, _mask);
        a.ShiftRightHalves(_highFactors, factors, (byte)LowBits(tile.Shape));
    }

    public override void Store(Address to, int code)
    {
        a.MultiplyHalves(_high, code, _highFactors);
        a.Store(to + tile.HighAt, _high);
        a.MultiplyHalves(code, code, _lowFactors);
        a.Store(to, code);
    }
}

namespace AiKernels.Cpu.Assembled;

/// <summary>Without group factors: Quant = code - offset.</summary>
internal sealed class SignedCodes(VectorAssembler a, WeightTile tile, int offset) : AmxCodes
{
    public override void LoadConstants() => a.Broadcast(offset, tile.Shape.Input.CodeOffset * 0x01010101);

    public override void SetFactors(int factors) => throw new InvalidOperationException("a segment of one group has no factors");

    public override void Store(Address to, int code)
    {
        a.SubtractBytes(code, code, offset);
        a.Store(to, code);
    }
}

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Without dot products, where int16 may not hold more than a step's sums. Codes of 8 bits are signed, and one operand is
/// to be unsigned: that is |code|, and its sign moves to the activation. Two products are at most 2 * 128 * 127 = 32,512.
/// </summary>
internal sealed class StepSums(VectorAssembler a, BlockShape shape, int first) : GroupSums(a, shape)
{
    public override int Registers => 1;

    public override int RegistersOfCodes => IsSigned ? 2 : 1;

    private bool IsSigned => Shape.CodeBits == 8;

    private int OneEach => first;

    public override void LoadConstants() => Assembler.Ones(OneEach);

    public override void Prepare(int codes)
    {
        if (IsSigned)
        {
            Assembler.AbsoluteBytes(codes + 1, codes);
        }
    }

    public override void Add(int sum, int codes, int activations, int scratch, bool isFirst)
    {
        if (IsSigned)
        {
            Assembler.MoveSigns(scratch, activations, codes);
            Assembler.MultiplyBytes(scratch, codes + 1, scratch);
        }
        else
        {
            Assembler.MultiplyBytes(scratch, codes, activations);
        }

        Assembler.MultiplyPairs(scratch, scratch, OneEach);
        Assembler.AddInt(sum, sum, scratch);
    }
}

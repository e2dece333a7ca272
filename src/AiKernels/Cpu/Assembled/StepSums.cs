namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Without dot products, where int16 may not hold more than a step's sums. Codes of 8 bits are signed, and one operand is
/// to be unsigned: that is |code|, and its sign moves to the activation. Two products are at most 2 * 128 * 127 = 32,512.
/// </summary>
/// <remarks>
/// AVX-512 has no instruction that moves a sign. There a shuffle of bytes of ones, which gives 0 where the index is
/// negative, makes a mask m of the codes, and m - (a ^ m) is a where m is -1 and -a where it is 0.
/// </remarks>
internal sealed class StepSums(VectorAssembler a, BlockShape shape, int first) : GroupSums(a, shape)
{
    public override int Registers => IsMasked ? 2 : 1;

    public override int RegistersOfCodes => IsSigned ? 2 : 1;

    private bool IsSigned => Shape.CodeBits == 8;

    private bool IsMasked => IsSigned && Assembler.IsWide;

    private int OneEach => first;

    private int AllBits => first + 1;

    public override void LoadConstants()
    {
        Assembler.Ones(OneEach);
        if (IsMasked)
        {
            Assembler.AllBits(AllBits);
        }
    }

    public override void Prepare(int codes)
    {
        if (IsSigned)
        {
            Assembler.AbsoluteBytes(codes + 1, codes);
        }

        if (IsMasked)
        {
            Assembler.ShuffleBytes(codes, AllBits, codes);
        }
    }

    public override void Add(int sum, int codes, int activations, int scratch)
    {
        if (IsSigned)
        {
            MoveSigns(scratch, activations, codes);
            Assembler.MultiplyBytes(scratch, codes + 1, scratch);
        }
        else
        {
            Assembler.MultiplyBytes(scratch, codes, activations);
        }

        Assembler.MultiplyPairs(scratch, scratch, OneEach);
        Assembler.AddInt(sum, sum, scratch);
    }

    private void MoveSigns(int to, int activations, int codes)
    {
        if (IsMasked)
        {
            Assembler.Xor(to, activations, codes);
            Assembler.SubtractBytes(to, codes, to);
        }
        else
        {
            Assembler.MoveSigns(to, activations, codes);
        }
    }
}

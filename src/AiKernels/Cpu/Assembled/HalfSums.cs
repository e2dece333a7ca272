namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Without dot products, where int16 holds a group's sums (<see cref="BlockShape.InputsPerSum"/>): p is a pair of them,
/// which the multiplication by a pair of equal factors widens at once.
/// </summary>
internal sealed class HalfSums(VectorAssembler a, BlockShape shape) : GroupSums(a, shape)
{
    public override void Add(int sum, int codes, int activations, int scratch)
    {
        Assembler.MultiplyBytes(scratch, codes, activations);
        Assembler.AddHalves(sum, sum, scratch);
    }

    public override void Widen(ReadOnlySpan<int> sums, int scratch)
    {
        Assembler.Ones(scratch);
        foreach (var sum in sums)
        {
            Assembler.MultiplyPairs(sum, sum, scratch);
        }
    }

    public override void AddTimesFactors(int total, int sum, int factors)
    {
        Assembler.MultiplyPairs(sum, sum, factors);
        Assembler.AddInt(total, total, sum);
    }
}

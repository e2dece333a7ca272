namespace AiKernels.Cpu.Assembled;

/// <summary>With dot products of bytes, and of pairs of int16.</summary>
internal sealed class DotSums(VectorAssembler a, BlockShape shape) : GroupSums(a, shape)
{
    public override void Add(int sum, int codes, int activations, int scratch) =>
        Assembler.Dot(sum, codes, activations);

    public override void AddMinima(int total, int minima, int groupSums, int scratch) =>
        Assembler.PairDot(total, minima, groupSums);
}

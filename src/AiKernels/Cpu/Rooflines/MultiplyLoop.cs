namespace AiKernels.Cpu.Rooflines;

/// <summary>
/// A loop of nothing but 8-bit products on operands from the nearest cache, with as many sums at once as keep a unit
/// busy: what a core multiplies at most. A unit that multiplies is one implementer.
/// </summary>
internal abstract unsafe class MultiplyLoop
{
    /// <summary>Bytes at <c>operands</c> that a loop may read.</summary>
    public const int OperandBytes = 4096;

    /// <summary>All that this process can run.</summary>
    public static IReadOnlyList<MultiplyLoop> Supported { get; } = [.. InstructionSet.Supported.Select(set => set.MultiplyLoop)];

    /// <summary>The unit's name.</summary>
    public abstract string Unit { get; }

    /// <summary>Whether it can run: the system may refuse what it is made of.</summary>
    public virtual bool IsReady => true;

    /// <summary>Multiplications and additions of a round.</summary>
    public abstract long OperationsPerRound { get; }

    /// <summary>Runs so many rounds on one thread; gives anything that depends on all of them.</summary>
    public abstract int Run(byte* operands, int rounds);
}

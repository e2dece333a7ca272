namespace AiKernels.Cpu.Assembled;

/// <summary>How a group's products of codes and activations are added up.</summary>
internal enum GroupSum
{
    /// <summary>By dot products of bytes: <see cref="DotSums"/>.</summary>
    OfDots,

    /// <summary>By pairs of int16, which hold a group's sums: <see cref="HalfSums"/>.</summary>
    OfHalves,

    /// <summary>By pairs of int16 that are widened after each step: <see cref="StepSums"/>.</summary>
    OfSteps,
}

/// <summary>
/// Emits the integers of a product in the instructions that a unit has. In the loop that kernels stand for they are
/// <code>
/// p = -offset * A;  for each step: p += code * a;  I += factor * p;  J += minimum * A
/// </code>
/// and where a segment has one group I is p, widened.
/// </summary>
internal abstract class GroupSums(VectorAssembler a, BlockShape shape)
{
    /// <summary>Vector registers of its own.</summary>
    public virtual int Registers => 0;

    /// <summary>Vector registers that a step's codes take.</summary>
    public virtual int RegistersOfCodes => 1;

    protected VectorAssembler Assembler => a;

    protected BlockShape Shape => shape;

    /// <summary>Those of a format, with registers of their own from one on.</summary>
    public static GroupSums Of(VectorAssembler a, BlockShape shape, int first) => shape.Sums switch
    {
        GroupSum.OfDots => new DotSums(a, shape),
        GroupSum.OfHalves => new HalfSums(a, shape),
        _ => new StepSums(a, shape, first),
    };

    /// <summary>Before anything is added.</summary>
    public virtual void LoadConstants()
    {
    }

    /// <summary>p = -offset * A, in all registers of a token's rows.</summary>
    public void Start(ReadOnlySpan<int> sums, Address initial)
    {
        foreach (var sum in sums)
        {
            if (shape.Input.CodeOffset == 0)
            {
                a.Zero(sum);
            }
            else if (sum == sums[0])
            {
                a.Broadcast(sum, initial);
            }
            else
            {
                a.Move(sum, sums[0]);
            }
        }
    }

    /// <summary>Makes codes that were read ready to be multiplied.</summary>
    public virtual void Prepare(int codes)
    {
    }

    /// <summary>p += code * a. <paramref name="scratch"/> is lost; it may be the activations' register.</summary>
    public abstract void Add(int sum, int codes, int activations, int scratch);

    /// <summary>p becomes an int32.</summary>
    public virtual void Widen(ReadOnlySpan<int> sums, int scratch)
    {
    }

    /// <summary>I += factor * p; p is lost.</summary>
    public virtual void AddTimesFactors(int total, int sum, int factors)
    {
        a.MultiplyInt(sum, sum, factors);
        a.AddInt(total, total, sum);
    }

    /// <summary>J += minimum * A of two groups. <paramref name="scratch"/> is lost; it may be the register of A.</summary>
    public virtual void AddMinima(int total, int minima, int groupSums, int scratch)
    {
        a.MultiplyPairs(scratch, minima, groupSums);
        a.AddInt(total, total, scratch);
    }
}

using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Assembles the widening of half-precision numbers to floats, which .NET has no function for, while what is needed next
/// comes from memory.
/// </summary>
/// <remarks>Arguments: the numbers, the floats, how many cache lines of numbers, what comes next.</remarks>
internal static class WidenCode
{
    public static void Emit(VectorAssembler a)
    {
        const int piece = SegmentKernel.WidenBlock;
        const Iced.Intel.Register halves = RCX, floats = RDX, pieces = RBX, next = RSI;
        Routine.LoadArguments(a, halves, floats, pieces, next);
        a.Repeat(pieces, () =>
        {
            a.Prefetch(new Address(next));
            for (var vector = 0; vector < piece / a.Lanes; vector++)
            {
                a.LoadHalves(vector, new Address(halves, vector * a.Lanes * sizeof(ushort)));
                a.Store(new Address(floats, vector * a.Bytes), vector);
            }

            a.Add(halves, piece * sizeof(ushort));
            a.Add(floats, piece * sizeof(float));
            a.Add(next, piece * sizeof(ushort));
        });
    }
}

using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Assembles the widening of 16-bit numbers to floats, for F16 by the instruction that .NET has no function for, while what
/// is needed next comes from memory.
/// </summary>
/// <remarks>Arguments: the numbers, the floats, how many cache lines of numbers, what comes next.</remarks>
internal static class WidenCode
{
    public static void Emit(VectorAssembler a, int exponentBits)
    {
        const int piece = SegmentKernel.WidenBlock;
        const Iced.Intel.Register numbers = RCX, floats = RDX, pieces = RBX, next = RSI;
        Routine.LoadArguments(a, numbers, floats, pieces, next);
        a.Repeat(pieces, () =>
        {
            a.Prefetch(new Address(next));
            for (var vector = 0; vector < piece / a.Lanes; vector++)
            {
                LoadFloats(a, exponentBits, vector, new Address(numbers, vector * a.Lanes * sizeof(ushort)));
                a.Store(new Address(floats, vector * a.Bytes), vector);
            }

            a.Add(numbers, piece * sizeof(ushort));
            a.Add(floats, piece * sizeof(float));
            a.Add(next, piece * sizeof(ushort));
        });
    }

    private static void LoadFloats(VectorAssembler a, int exponentBits, int to, Address from)
    {
        if (exponentBits == F16.ExponentBits)
        {
            a.LoadHalves(to, from);
        }
        else
        {
            a.LoadUInt16(to, from);
            a.ShiftLeftInt(to, to, 16);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AiKernels.Numerics;
using Iced.Intel;
using static AiKernels.Numerics.ExponentialSeries;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Emits e^x of registers whose lanes hold no positive number: see <see cref="ExponentialSeries"/>, and
/// <see cref="Simd.Lanes{TSimd, TRegister}.Exp"/>, whose bits these are.
/// </summary>
/// <param name="a">Where to.</param>
/// <param name="constants">Register: the address of <see cref="Constants"/>.</param>
/// <param name="first">Vector registers from this one on are taken: one for a constant, then two for each of x.</param>
internal sealed unsafe class ExponentialCode(VectorAssembler a, Register constants, int first)
{
    private const int ExponentBias = 127, ExponentAt = 23;

    // Read from memory wherever they are needed: a load is free beside the arithmetic, registers are not.
    private static readonly float[] Table = InPlace(
        [Lowest, Log2E, Ln2High, Ln2Low, C7, C6, C5, C4, C3, C2, C1, C0, BitConverter.Int32BitsToSingle(ExponentBias)]);

    /// <summary>What the code reads; it stays where it is.</summary>
    public static void* Constants => Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Table));

    /// <summary>Bytes of that.</summary>
    public static int ConstantBytes => Table.Length * sizeof(float);

    private int Constant => first;

    /// <summary>x = e^x for registers from x on, all together: one's arithmetic hides the latency of another's.</summary>
    public void Emit(int x, int count)
    {
        Use(0, i => a.Greater(x + i, Constant, x + i));
        Use(1, i =>
        {
            a.Multiply(Power(i), x + i, Constant);
            a.RoundToInt(Power(i), Power(i));
            a.ToFloat(Power(i), Power(i));
        });
        Use(2, i => a.MultiplySubtract(x + i, Power(i), Constant));
        Use(3, i => a.MultiplySubtract(x + i, Power(i), Constant));
        Use(4, i => a.Move(Sum(i), Constant));
        for (var coefficient = 5; coefficient < Table.Length - 1; coefficient++)
        {
            Use(coefficient, i => a.MultiplyThenAdd(Sum(i), x + i, Constant));
        }

        if (a.IsWide)
        {
            for (var i = 0; i < count; i++)
            {
                a.Scale(x + i, Sum(i), Power(i));
            }

            return;
        }

        // 2^n in two factors: alone it can be subnormal where the product isn't.
        Use(Table.Length - 1, i =>
        {
            a.RoundToInt(Power(i), Power(i));
            a.ShiftRightArithmeticInt(x + i, Power(i), 1);
            a.SubtractInt(Power(i), Power(i), x + i);
            MultiplyByPowerOfTwo(Sum(i), Sum(i), x + i);
            MultiplyByPowerOfTwo(x + i, Sum(i), Power(i));
        });

        void Use(int constant, Action<int> body)
        {
            a.Broadcast(Constant, new Address(constants, constant * sizeof(float)));
            for (var i = 0; i < count; i++)
            {
                body(i);
            }
        }
    }

    private int Power(int i) => first + 1 + (2 * i);

    private int Sum(int i) => Power(i) + 1;

    /// <summary>product = left * 2^exponent, whose register is lost.</summary>
    private void MultiplyByPowerOfTwo(int product, int left, int exponent)
    {
        a.AddInt(exponent, exponent, Constant);
        a.ShiftLeftInt(exponent, exponent, ExponentAt);
        a.Multiply(product, left, exponent);
    }

    private static float[] InPlace(ReadOnlySpan<float> values)
    {
        var pinned = GC.AllocateUninitializedArray<float>(values.Length, pinned: true);
        values.CopyTo(pinned);
        return pinned;
    }
}

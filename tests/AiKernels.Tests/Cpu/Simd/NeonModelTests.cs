using System.Runtime.Intrinsics;
using AiKernels.Cpu.Simd;
using Xunit;

namespace AiKernels.Tests.Cpu.Simd;

/// <summary>
/// The model of the Arm instructions against values worked out by hand from the manual, and, where the machine has them,
/// the instructions against the same values: then the model is what the kernels were tested with.
/// </summary>
public class NeonModelTests
{
    // 1 + 2^-12, whose square is 1 + 2^-11 + 2^-24: a product that a second rounding would cut to 1 + 2^-11.
    private const float Odd = 1 + (1f / 4096), Tail = 1f / (1 << 24);

    [Fact]
    public void The_model_gives_known_values() => AssertKnownValues<NeonModel>();

    [Fact]
    public void The_instructions_give_the_same_values()
    {
        Assert.SkipUnless(ArmInstructions.IsSupported, "this is no Arm processor with dot products");
        AssertKnownValues<ArmInstructions>();
    }

    private static void AssertKnownValues<T>()
        where T : struct, INeonInstructions
    {
        AssertFloats<T>();
        AssertIntegers<T>();
        AssertArrangements<T>();
    }

    private static void AssertFloats<T>()
        where T : struct, INeonInstructions
    {
        var head = 1 + (2f / 4096);
        Assert.Equal(
            Vector128.Create(Tail, 7, float.PositiveInfinity, 0),
            T.Fmla(Vector128.Create(-head, 1, 1, -6), Vector128.Create(Odd, 2, float.MaxValue, 2), Vector128.Create(Odd, 3, 2, 3)));
        Assert.Equal(
            Vector128.Create(-Tail, -5, float.NegativeInfinity, 0),
            T.Fmls(Vector128.Create(head, 1, 1, 6), Vector128.Create(Odd, 2, float.MaxValue, 2), Vector128.Create(Odd, 3, 2, 3)));
        Assert.Equal(Vector128.Create(0, 2, 2, -2), T.Fcvtns(Vector128.Create(0.5f, 1.5f, 2.5f, -2.5f)));
        Assert.Equal(
            Vector128.Create(0, int.MaxValue, int.MinValue, 2147483520),
            T.Fcvtns(Vector128.Create(float.NaN, float.PositiveInfinity, -3e9f, 2147483520f)));
        Assert.Equal(Vector128.Create(int.MaxValue, int.MinValue, 0, -1), T.Fcvtns(Vector128.Create(3e9f, -2147483648f, -0f, -0.75f)));
    }

    private static void AssertIntegers<T>()
        where T : struct, INeonInstructions
    {
        Assert.Equal(
            Vector128.Create(7, -1, int.MinValue, 1 << 30),
            T.Mla(Vector128.Create(1, 5, int.MaxValue, 0), Vector128.Create(2, 2, 1, 1 << 15), Vector128.Create(3, -3, 1, 1 << 15)));
        Assert.Equal(
            Vector128.Create(100 + 10, 4 * 127 * -128, 4 * 128 * 128, int.MinValue),
            T.Sdot(
                Vector128.Create(100, 0, 0, int.MaxValue),
                Vector128.Create(1, 2, 3, -4, 127, 127, 127, 127, -128, -128, -128, -128, 0, 0, 0, 1),
                Vector128.Create(1, 2, 3, 1, -128, -128, -128, -128, -128, -128, -128, -128, 9, 9, 9, 1)));
        Assert.Equal(Vector128.Create(10, -20, 1 << 30, -32768 * 32767), T.Smull(Left, Right));
        Assert.Equal(Vector128.Create(54, -56, 7, 0), T.Smull2(Left, Right));
    }

    private static void AssertArrangements<T>()
        where T : struct, INeonInstructions
    {
        Assert.Equal(
            Vector128.Create(3, 7, 30, int.MinValue),
            T.Addp(Vector128.Create(1, 2, 3, 4), Vector128.Create(10, 20, int.MaxValue, 1)));
        Assert.Equal(
            Vector128.Create(2, 5, -4, 5, -32768, -32768, -32768, 32767),
            T.Zip1(Left, Right));
    }

    private static Vector128<short> Left => Vector128.Create(2, -4, -32768, -32768, 6, 7, -7, 0);

    private static Vector128<short> Right => Vector128.Create(5, 5, -32768, 32767, 9, -8, -1, 3);
}

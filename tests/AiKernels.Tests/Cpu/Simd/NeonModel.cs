using System.Runtime.Intrinsics;
using AiKernels.Cpu.Simd;

namespace AiKernels.Tests.Cpu.Simd;

/// <summary>
/// The Arm instructions in software, element by element as Arm's manual defines them, so that NEON's kernels run on any
/// machine.
/// </summary>
internal readonly struct NeonModel : INeonInstructions
{
    public static bool IsSupported => true;

    public static Vector128<float> Fmla(Vector128<float> addend, Vector128<float> left, Vector128<float> right) =>
        Four(i => MathF.FusedMultiplyAdd(left[i], right[i], addend[i]));

    // The manual's FMLS negates one operand before the fused step.
    public static Vector128<float> Fmls(Vector128<float> minuend, Vector128<float> left, Vector128<float> right) =>
        Four(i => MathF.FusedMultiplyAdd(-left[i], right[i], minuend[i]));

    public static Vector128<int> Fcvtns(Vector128<float> value) => Four(i => value[i] switch
    {
        float.NaN => 0,
        >= 2147483648f => int.MaxValue,
        <= -2147483648f => int.MinValue,
        var x => (int)MathF.Round(x, MidpointRounding.ToEven),
    });

    public static Vector128<int> Mla(Vector128<int> addend, Vector128<int> left, Vector128<int> right) =>
        Four(i => unchecked(addend[i] + (left[i] * right[i])));

    public static Vector128<int> Sdot(Vector128<int> addend, Vector128<sbyte> left, Vector128<sbyte> right) => Four(i =>
    {
        var sum = addend[i];
        for (var j = 4 * i; j < 4 * (i + 1); j++)
        {
            sum = unchecked(sum + (left[j] * right[j]));
        }

        return sum;
    });

    public static Vector128<int> Smull(Vector128<short> left, Vector128<short> right) => Four(i => left[i] * right[i]);

    public static Vector128<int> Smull2(Vector128<short> left, Vector128<short> right) =>
        Four(i => left[4 + i] * right[4 + i]);

    public static Vector128<int> Addp(Vector128<int> left, Vector128<int> right) => Four(i =>
    {
        var (source, first) = i < 2 ? (left, 2 * i) : (right, 2 * (i - 2));
        return unchecked(source[first] + source[first + 1]);
    });

    public static Vector128<short> Zip1(Vector128<short> left, Vector128<short> right)
    {
        var zipped = Vector128<short>.Zero;
        for (var i = 0; i < 8; i++)
        {
            zipped = zipped.WithElement(i, (i % 2 == 0 ? left : right)[i / 2]);
        }

        return zipped;
    }

    private static Vector128<T> Four<T>(Func<int, T> element) =>
        Vector128.Create([element(0), element(1), element(2), element(3)]);
}

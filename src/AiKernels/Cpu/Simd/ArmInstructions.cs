using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace AiKernels.Cpu.Simd;

/// <summary>The instructions themselves: Advanced SIMD of 64-bit Arm, with the dot product of Armv8.2.</summary>
internal readonly struct ArmInstructions : INeonInstructions
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static bool IsSupported => AdvSimd.Arm64.IsSupported && Dp.IsSupported;

    [MethodImpl(Inline)]
    public static Vector128<float> Fmla(Vector128<float> addend, Vector128<float> left, Vector128<float> right) =>
        AdvSimd.FusedMultiplyAdd(addend, left, right);

    [MethodImpl(Inline)]
    public static Vector128<float> Fmls(Vector128<float> minuend, Vector128<float> left, Vector128<float> right) =>
        AdvSimd.FusedMultiplySubtract(minuend, left, right);

    [MethodImpl(Inline)]
    public static Vector128<int> Fcvtns(Vector128<float> value) => AdvSimd.ConvertToInt32RoundToEven(value);

    [MethodImpl(Inline)]
    public static Vector128<int> Mla(Vector128<int> addend, Vector128<int> left, Vector128<int> right) =>
        AdvSimd.MultiplyAdd(addend, left, right);

    [MethodImpl(Inline)]
    public static Vector128<int> Sdot(Vector128<int> addend, Vector128<sbyte> left, Vector128<sbyte> right) =>
        Dp.DotProduct(addend, left, right);

    [MethodImpl(Inline)]
    public static Vector128<int> Smull(Vector128<short> left, Vector128<short> right) =>
        AdvSimd.MultiplyWideningLower(left.GetLower(), right.GetLower());

    [MethodImpl(Inline)]
    public static Vector128<int> Smull2(Vector128<short> left, Vector128<short> right) =>
        AdvSimd.MultiplyWideningUpper(left, right);

    [MethodImpl(Inline)]
    public static Vector128<int> Addp(Vector128<int> left, Vector128<int> right) =>
        AdvSimd.Arm64.AddPairwise(left, right);

    [MethodImpl(Inline)]
    public static Vector128<short> Zip1(Vector128<short> left, Vector128<short> right) =>
        AdvSimd.Arm64.ZipLow(left, right);
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

using V = System.Runtime.Intrinsics.Vector512<byte>;

namespace AiKernels.Cpu.Simd;

/// <summary>AVX-512 F, BW, DQ, VL: 16 lanes, a whole panel row group in one register.</summary>
internal readonly unsafe struct Avx512 : ISimd<V>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static bool IsSupported => Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;

    public static int Lanes => 16;

    [MethodImpl(Inline)] public static V Load(void* source) => Vector512.Load((byte*)source);
    [MethodImpl(Inline)] public static void Store(void* destination, V value) => value.Store((byte*)destination);
    [MethodImpl(Inline)] public static V Broadcast(float value) => Vector512.Create(value).AsByte();
    [MethodImpl(Inline)] public static V Broadcast(int value) => Vector512.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V LoadUInt16(ushort* source) =>
        Avx512F.ConvertToVector512Int32(Vector256.Load(source)).AsByte();

    [MethodImpl(Inline)]
    public static V LoadFactors(sbyte* source)
    {
        var wide = Avx512F.ConvertToVector512Int32(Vector128.Load(source));
        return ((wide & Vector512.Create(0xFFFF)) | (wide << 16)).AsByte();
    }

    [MethodImpl(Inline)]
    public static V SwapLanes(V value, [ConstantExpected] byte distance) => distance switch
    {
        1 => Avx512F.Shuffle(value.AsInt32(), 0b10_11_00_01).AsByte(),
        2 => Avx512F.Shuffle(value.AsInt32(), 0b01_00_11_10).AsByte(),
        4 => Avx512F.Shuffle4x128(value.AsInt32(), value.AsInt32(), 0b10_11_00_01).AsByte(),
        _ => Avx512F.Shuffle4x128(value.AsInt32(), value.AsInt32(), 0b01_00_11_10).AsByte(),
    };

    [MethodImpl(Inline)] public static V Add(V left, V right) => (left.AsSingle() + right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Subtract(V left, V right) => (left.AsSingle() - right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Multiply(V left, V right) => (left.AsSingle() * right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Divide(V left, V right) => (left.AsSingle() / right.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyAdd(V left, V right, V addend) =>
        Avx512F.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplySubtractFrom(V left, V right, V addend) =>
        Avx512F.FusedMultiplyAddNegated(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V SelectGreater(V left, V right, V whenGreater, V otherwise) =>
        Vector512.ConditionalSelect(
            Avx512F.CompareGreaterThan(left.AsSingle(), right.AsSingle()).AsByte(), whenGreater, otherwise);

    [MethodImpl(Inline)]
    public static V RoundToInt(V value) => Avx512F.ConvertToVector512Int32(value.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V ToFloat(V integers) => Avx512F.ConvertToVector512Single(integers.AsInt32()).AsByte();

    [MethodImpl(Inline)] public static V AddInt(V left, V right) => (left.AsInt32() + right.AsInt32()).AsByte();
    [MethodImpl(Inline)] public static V SubtractInt(V left, V right) => (left.AsInt32() - right.AsInt32()).AsByte();
    [MethodImpl(Inline)] public static V MultiplyInt(V left, V right) => (left.AsInt32() * right.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V MaxInt(V left, V right) => Avx512F.Max(left.AsInt32(), right.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static int LargestInt(V value) => LargestLane.Of(value.AsInt32());

    [MethodImpl(Inline)]
    public static V SelectEqualInt(V left, V right, V whenEqual, V otherwise) =>
        Vector512.ConditionalSelect(Vector512.Equals(left.AsInt32(), right.AsInt32()).AsByte(), whenEqual, otherwise);

    [MethodImpl(Inline)]
    public static V ShiftLeftInt(V value, [ConstantExpected] byte count) =>
        Avx512F.ShiftLeftLogical(value.AsInt32(), count).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftRightArithmeticInt(V value, [ConstantExpected] byte count) =>
        Avx512F.ShiftRightArithmetic(value.AsInt32(), count).AsByte();

    [MethodImpl(Inline)]
    public static void StoreLowBytes(sbyte* destination, V integers) =>
        Avx512F.ConvertToVector128SByte(integers.AsInt32()).Store(destination);

    [MethodImpl(Inline)] public static V And(V left, V right) => left & right;
    [MethodImpl(Inline)] public static V Or(V left, V right) => left | right;

    [MethodImpl(Inline)]
    public static V ShiftRightHalves(V value, [ConstantExpected] byte count) =>
        Avx512BW.ShiftRightLogical(value.AsUInt16(), count).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftLeftHalves(V value, [ConstantExpected] byte count) =>
        Avx512BW.ShiftLeftLogical(value.AsUInt16(), count).AsByte();

    /// <inheritdoc cref="Avx2.DotsPerFold"/>
    [MethodImpl(Inline)]
    public static int DotsPerFold(int codeBits) => Avx2.DotsPerFold(codeBits);

    [MethodImpl(Inline)]
    public static V DotUnsigned(V partial, V codes, V activations) =>
        Avx512BW.Add(
            partial.AsInt16(), Avx512BW.MultiplyAddAdjacent(codes, activations.AsSByte())).AsByte();

    /// <summary><c>vpmaddubsw</c> wants one operand unsigned: |code|, its sign moved to the activation.</summary>
    [MethodImpl(Inline)]
    public static V DotSigned(V partial, V codes, V activations)
    {
        var negative = Vector512.LessThan(codes.AsSByte(), Vector512<sbyte>.Zero);
        var signed = Vector512.ConditionalSelect(negative, -activations.AsSByte(), activations.AsSByte());
        return DotUnsigned(partial, Avx512BW.Abs(codes.AsSByte()), signed.AsByte());
    }

    [MethodImpl(Inline)]
    public static V Fold(V sum, V partial) => Fold(sum, partial, Broadcast(0x0001_0001));

    [MethodImpl(Inline)]
    public static V Fold(V sum, V partial, V factors) => PairDot(sum, partial, factors);

    [MethodImpl(Inline)]
    public static V PairDot(V sum, V left, V right) =>
        Avx512F.Add(
            sum.AsInt32(), Avx512BW.MultiplyAddAdjacent(left.AsInt16(), right.AsInt16())).AsByte();
}

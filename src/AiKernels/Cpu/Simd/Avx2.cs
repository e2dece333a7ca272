using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

using Isa = System.Runtime.Intrinsics.X86.Avx2;
using V = System.Runtime.Intrinsics.Vector256<byte>;

namespace AiKernels.Cpu.Simd;

/// <summary>AVX2 with FMA: 8 lanes, half a panel's rows.</summary>
internal readonly unsafe struct Avx2 : ISimd<V>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static bool IsSupported => Isa.IsSupported && Fma.IsSupported;

    public static int Lanes => 8;

    [MethodImpl(Inline)] public static V Load(void* source) => Vector256.Load((byte*)source);
    [MethodImpl(Inline)] public static void Store(void* destination, V value) => value.Store((byte*)destination);
    [MethodImpl(Inline)] public static V Broadcast(float value) => Vector256.Create(value).AsByte();
    [MethodImpl(Inline)] public static V Broadcast(int value) => Vector256.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V LoadUInt16(ushort* source) =>
        Isa.ConvertToVector256Int32(Vector128.Load(source)).AsByte();

    [MethodImpl(Inline)]
    public static V LoadFactors(sbyte* source)
    {
        var wide = Isa.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(*(long*)source).AsSByte());
        return ((wide & Vector256.Create(0xFFFF)) | (wide << 16)).AsByte();
    }

    [MethodImpl(Inline)]
    public static V SwapLanes(V value, [ConstantExpected] byte distance) => distance switch
    {
        1 => Isa.Shuffle(value.AsInt32(), 0b10_11_00_01).AsByte(),
        2 => Isa.Shuffle(value.AsInt32(), 0b01_00_11_10).AsByte(),
        _ => Isa.Permute2x128(value, value, 1),
    };

    [MethodImpl(Inline)] public static V Add(V left, V right) => (left.AsSingle() + right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Subtract(V left, V right) => (left.AsSingle() - right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Multiply(V left, V right) => (left.AsSingle() * right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Divide(V left, V right) => (left.AsSingle() / right.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyAdd(V left, V right, V addend) =>
        Fma.MultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplySubtractFrom(V left, V right, V addend) =>
        Fma.MultiplyAddNegated(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V SelectGreater(V left, V right, V whenGreater, V otherwise) =>
        Isa.BlendVariable(otherwise, whenGreater, Avx.CompareGreaterThan(left.AsSingle(), right.AsSingle()).AsByte());

    [MethodImpl(Inline)]
    public static V RoundToInt(V value) => Avx.ConvertToVector256Int32(value.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V ToFloat(V integers) => Avx.ConvertToVector256Single(integers.AsInt32()).AsByte();

    [MethodImpl(Inline)] public static V AddInt(V left, V right) => (left.AsInt32() + right.AsInt32()).AsByte();
    [MethodImpl(Inline)] public static V SubtractInt(V left, V right) => (left.AsInt32() - right.AsInt32()).AsByte();
    [MethodImpl(Inline)] public static V MultiplyInt(V left, V right) => (left.AsInt32() * right.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V MaxInt(V left, V right) => Isa.Max(left.AsInt32(), right.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static int LargestInt(V value) => LargestLane.Of(value.AsInt32());

    [MethodImpl(Inline)]
    public static V SelectEqualInt(V left, V right, V whenEqual, V otherwise) =>
        Isa.BlendVariable(otherwise, whenEqual, Isa.CompareEqual(left.AsInt32(), right.AsInt32()).AsByte());

    [MethodImpl(Inline)]
    public static V ShiftLeftInt(V value, [ConstantExpected] byte count) =>
        Isa.ShiftLeftLogical(value.AsInt32(), count).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftRightArithmeticInt(V value, [ConstantExpected] byte count) =>
        Isa.ShiftRightArithmetic(value.AsInt32(), count).AsByte();

    [MethodImpl(Inline)]
    public static void StoreLowBytes(sbyte* destination, V integers)
    {
        // No truncating narrow before AVX-512: the low bytes of each 128-bit half are shuffled together.
        var lowBytes = Vector256.Create(0x0C080400, -1, -1, -1, 0x0C080400, -1, -1, -1).AsByte();
        var narrow = Isa.Shuffle(integers, lowBytes).AsInt32();
        *(int*)destination = narrow.GetElement(0);
        *(int*)(destination + 4) = narrow.GetElement(4);
    }

    [MethodImpl(Inline)] public static V And(V left, V right) => left & right;
    [MethodImpl(Inline)] public static V Or(V left, V right) => left | right;

    [MethodImpl(Inline)]
    public static V ShiftRightHalves(V value, [ConstantExpected] byte count) =>
        Isa.ShiftRightLogical(value.AsUInt16(), count).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftLeftHalves(V value, [ConstantExpected] byte count) =>
        Isa.ShiftLeftLogical(value.AsUInt16(), count).AsByte();

    /// <summary>
    /// <c>vpmaddubsw</c> adds two products into an int16, at most 2 * 127 * (2^bits - 1); full int8 codes go in as
    /// |code|, at most 2 * 127 * 128 = 32,512. So many of them stay below 32,767.
    /// </summary>
    [MethodImpl(Inline)]
    public static int DotsPerFold(int codeBits) => codeBits switch
    {
        <= 4 => 8, // 8 * 3,810 = 30,480
        5 => 4, // 4 * 7,874 = 31,496
        6 => 2, // 2 * 16,002 = 32,004
        _ => 1,
    };

    [MethodImpl(Inline)]
    public static V DotUnsigned(V partial, V codes, V activations) =>
        Isa.Add(partial.AsInt16(), Isa.MultiplyAddAdjacent(codes, activations.AsSByte())).AsByte();

    /// <summary><c>vpmaddubsw</c> wants one operand unsigned: |code|, its sign moved to the activation.</summary>
    [MethodImpl(Inline)]
    public static V DotSigned(V partial, V codes, V activations) =>
        DotUnsigned(
            partial, Isa.Abs(codes.AsSByte()), Isa.Sign(activations.AsSByte(), codes.AsSByte()).AsByte());

    [MethodImpl(Inline)]
    public static V Fold(V sum, V partial) => Fold(sum, partial, Broadcast(0x0001_0001));

    [MethodImpl(Inline)]
    public static V Fold(V sum, V partial, V factors) => PairDot(sum, partial, factors);

    [MethodImpl(Inline)]
    public static V PairDot(V sum, V left, V right) =>
        Isa.Add(sum.AsInt32(), Isa.MultiplyAddAdjacent(left.AsInt16(), right.AsInt16())).AsByte();
}

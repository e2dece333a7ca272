using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace AiKernels.Cpu.Simd;

/// <summary>NEON with dot product: 4 lanes, a quarter of a panel's rows.</summary>
/// <typeparam name="TInstructions">The processor's instructions, or a model of them.</typeparam>
internal readonly unsafe struct Neon<TInstructions> : ISimd<V>
    where TInstructions : struct, INeonInstructions
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static bool IsSupported => TInstructions.IsSupported;

    public static int Lanes => 4;

    [MethodImpl(Inline)] public static V Load(void* source) => Vector128.Load((byte*)source);
    [MethodImpl(Inline)] public static void Store(void* destination, V value) => value.Store((byte*)destination);
    [MethodImpl(Inline)] public static V Broadcast(float value) => Vector128.Create(value).AsByte();
    [MethodImpl(Inline)] public static V Broadcast(int value) => Vector128.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V LoadUInt16(ushort* source) =>
        Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsUInt16()).AsByte();

    [MethodImpl(Inline)]
    public static V LoadFactors(sbyte* source)
    {
        var wide = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(int*)source).AsSByte());
        return TInstructions.Zip1(wide, wide).AsByte();
    }

    [MethodImpl(Inline)]
    public static V SwapLanes(V value, [ConstantExpected] byte distance) => distance == 1
        ? Vector128.Shuffle(value.AsInt32(), Vector128.Create(1, 0, 3, 2)).AsByte()
        : Vector128.Shuffle(value.AsInt32(), Vector128.Create(2, 3, 0, 1)).AsByte();

    [MethodImpl(Inline)] public static V Add(V left, V right) => (left.AsSingle() + right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Subtract(V left, V right) => (left.AsSingle() - right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Multiply(V left, V right) => (left.AsSingle() * right.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V Divide(V left, V right) => (left.AsSingle() / right.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyAdd(V left, V right, V addend) =>
        TInstructions.Fmla(addend.AsSingle(), left.AsSingle(), right.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplySubtractFrom(V left, V right, V addend) =>
        TInstructions.Fmls(addend.AsSingle(), left.AsSingle(), right.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V SelectGreater(V left, V right, V whenGreater, V otherwise) =>
        Vector128.ConditionalSelect(
            Vector128.GreaterThan(left.AsSingle(), right.AsSingle()).AsByte(), whenGreater, otherwise);

    [MethodImpl(Inline)] public static V RoundToInt(V value) => TInstructions.Fcvtns(value.AsSingle()).AsByte();
    [MethodImpl(Inline)] public static V ToFloat(V integers) => Vector128.ConvertToSingle(integers.AsInt32()).AsByte();

    [MethodImpl(Inline)] public static V AddInt(V left, V right) => (left.AsInt32() + right.AsInt32()).AsByte();
    [MethodImpl(Inline)] public static V SubtractInt(V left, V right) => (left.AsInt32() - right.AsInt32()).AsByte();
    [MethodImpl(Inline)] public static V MultiplyInt(V left, V right) => (left.AsInt32() * right.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V MaxInt(V left, V right) => Vector128.Max(left.AsInt32(), right.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static int LargestInt(V value) => LargestLane.Of(value.AsInt32());

    [MethodImpl(Inline)]
    public static V SelectEqualInt(V left, V right, V whenEqual, V otherwise) =>
        Vector128.ConditionalSelect(Vector128.Equals(left.AsInt32(), right.AsInt32()).AsByte(), whenEqual, otherwise);

    [MethodImpl(Inline)]
    public static V ShiftLeftInt(V value, [ConstantExpected] byte count) => (value.AsInt32() << count).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftRightArithmeticInt(V value, [ConstantExpected] byte count) =>
        (value.AsInt32() >> count).AsByte();

    [MethodImpl(Inline)]
    public static void StoreLowBytes(sbyte* destination, V integers)
    {
        // Narrowing truncates, so what stands in the upper halves doesn't count.
        var halves = Vector128.Narrow(integers.AsInt32(), Vector128<int>.Zero);
        *(int*)destination = Vector128.Narrow(halves, Vector128<short>.Zero).AsInt32().ToScalar();
    }

    [MethodImpl(Inline)] public static V And(V left, V right) => left & right;
    [MethodImpl(Inline)] public static V Or(V left, V right) => left | right;

    [MethodImpl(Inline)]
    public static V ShiftRightHalves(V value, [ConstantExpected] byte count) => (value.AsUInt16() >> count).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftLeftHalves(V value, [ConstantExpected] byte count) => (value.AsUInt16() << count).AsByte();

    /// <summary><c>SDOT</c> adds into int32, which no segment overflows.</summary>
    [MethodImpl(Inline)]
    public static int DotsPerFold(int codeBits) => int.MaxValue;

    /// <summary>
    /// <c>SDOT</c> takes both operands signed, which an unsigned code below 128 is too; unsigned codes have at most 6
    /// bits. <c>UDOT</c> would want the activations unsigned.
    /// </summary>
    [MethodImpl(Inline)]
    public static V DotUnsigned(V partial, V codes, V activations) => DotSigned(partial, codes, activations);

    [MethodImpl(Inline)]
    public static V DotSigned(V partial, V codes, V activations) =>
        TInstructions.Sdot(partial.AsInt32(), codes.AsSByte(), activations.AsSByte()).AsByte();

    [MethodImpl(Inline)] public static V Fold(V sum, V partial) => AddInt(sum, partial);

    [MethodImpl(Inline)]
    public static V Fold(V sum, V partial, V factors) =>
        TInstructions.Mla(sum.AsInt32(), partial.AsInt32(), factors.AsInt32() >> 16).AsByte();

    [MethodImpl(Inline)]
    public static V PairDot(V sum, V left, V right)
    {
        var (l, r) = (left.AsInt16(), right.AsInt16());
        return AddInt(sum, TInstructions.Addp(TInstructions.Smull(l, r), TInstructions.Smull2(l, r)).AsByte());
    }
}

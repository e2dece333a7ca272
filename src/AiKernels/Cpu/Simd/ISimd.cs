using System.Diagnostics.CodeAnalysis;

namespace AiKernels.Cpu.Simd;

/// <summary>
/// One instruction set, as the few functions the kernels are written over. Another instruction set is another
/// implementer of this interface, not another kernel.
/// </summary>
/// <typeparam name="TRegister">
/// The machine's register: <see cref="Lanes"/> lanes of 32 bits. Whether they hold floats, integers, pairs of
/// 16-bit integers or quadruples of bytes is the function's business; reinterpretation is free.
/// </typeparam>
/// <remarks>
/// A lane owns one output. All float functions round once, as IEEE 754 says, so every implementer gives the same bits.
/// The integer functions are exact as long as the stated ranges hold.
/// </remarks>
internal unsafe interface ISimd<TRegister>
    where TRegister : unmanaged
{
    /// <summary>Whether this processor and process can run it.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>32-bit lanes in a register; divides <see cref="Formats.PanelLayout.Rows"/>.</summary>
    static abstract int Lanes { get; }

    static abstract TRegister Load(void* source);

    static abstract void Store(void* destination, TRegister value);

    static abstract TRegister Broadcast(float value);

    static abstract TRegister Broadcast(int value);

    /// <summary>Lanes 16-bit integers at <paramref name="source"/>, zero-extended to lanes.</summary>
    static abstract TRegister LoadUInt16(ushort* source);

    /// <summary>Lanes signed bytes at <paramref name="source"/>, each as two equal 16-bit halves of its lane.</summary>
    static abstract TRegister LoadFactors(sbyte* source);

    /// <summary>Lane i of the result is lane i ^ distance; a power of two less than <see cref="Lanes"/>.</summary>
    static abstract TRegister SwapLanes(TRegister value, [ConstantExpected] byte distance);

    // Floats.
    static abstract TRegister Add(TRegister left, TRegister right);

    static abstract TRegister Subtract(TRegister left, TRegister right);

    static abstract TRegister Multiply(TRegister left, TRegister right);

    static abstract TRegister Divide(TRegister left, TRegister right);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract TRegister MultiplyAdd(TRegister left, TRegister right, TRegister addend);

    /// <summary>addend - left * right, rounded once.</summary>
    static abstract TRegister MultiplySubtractFrom(TRegister left, TRegister right, TRegister addend);

    /// <summary>left &gt; right ? whenGreater : otherwise, lane by lane; false where either is NaN.</summary>
    static abstract TRegister SelectGreater(TRegister left, TRegister right, TRegister whenGreater, TRegister otherwise);

    /// <summary>The nearest integers, ties to even; any value where the float is NaN or beyond int32.</summary>
    static abstract TRegister RoundToInt(TRegister value);

    static abstract TRegister ToFloat(TRegister integers);

    // 32-bit integers.
    static abstract TRegister AddInt(TRegister left, TRegister right);

    static abstract TRegister SubtractInt(TRegister left, TRegister right);

    static abstract TRegister MultiplyInt(TRegister left, TRegister right);

    /// <summary>The larger of two signed 32-bit integers.</summary>
    static abstract TRegister MaxInt(TRegister left, TRegister right);

    /// <summary>The largest of all lanes' signed 32-bit integers.</summary>
    static abstract int LargestInt(TRegister value);

    static abstract TRegister SelectEqualInt(TRegister left, TRegister right, TRegister whenEqual, TRegister otherwise);

    static abstract TRegister ShiftLeftInt(TRegister value, [ConstantExpected] byte count);

    static abstract TRegister ShiftRightArithmeticInt(TRegister value, [ConstantExpected] byte count);

    /// <summary>Writes the low byte of each lane, Lanes bytes in all.</summary>
    static abstract void StoreLowBytes(sbyte* destination, TRegister integers);

    // Bits.
    static abstract TRegister And(TRegister left, TRegister right);

    static abstract TRegister Or(TRegister left, TRegister right);

    /// <summary>Shifts each 16-bit half right; unpacking masks off what crosses from byte to byte.</summary>
    static abstract TRegister ShiftRightHalves(TRegister value, [ConstantExpected] byte count);

    /// <summary>Shifts each 16-bit half left; unpacking masks off what crosses from byte to byte.</summary>
    static abstract TRegister ShiftLeftHalves(TRegister value, [ConstantExpected] byte count);

    // Integer dot products. A partial sum is the instruction set's own representation of a lane's sum (int32, or two
    // int16 whose sum counts) and starts at zero.

    /// <summary>How many dot products of codes of so many bits a partial sum can hold before it must be folded.</summary>
    static abstract int DotsPerFold(int codeBits);

    /// <summary>partial + the sum over a lane's 4 bytes of unsigned code * signed activation (-127..127).</summary>
    static abstract TRegister DotUnsigned(TRegister partial, TRegister codes, TRegister activations);

    /// <summary>partial + the sum over a lane's 4 bytes of signed code * signed activation (-127..127).</summary>
    static abstract TRegister DotSigned(TRegister partial, TRegister codes, TRegister activations);

    /// <summary>sum + partial, in int32.</summary>
    static abstract TRegister Fold(TRegister sum, TRegister partial);

    /// <summary>sum + factor * partial, in int32; factors as <see cref="LoadFactors"/> gives them.</summary>
    static abstract TRegister Fold(TRegister sum, TRegister partial, TRegister factors);

    /// <summary>sum + left.low16 * right.low16 + left.high16 * right.high16, in int32.</summary>
    static abstract TRegister PairDot(TRegister sum, TRegister left, TRegister right);
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace AiKernels.Cpu.Simd;

/// <summary>No vectors at all: one lane in an ordinary register. Runs wherever .NET does.</summary>
internal readonly unsafe struct Scalar : ISimd<int>
{
    public static bool IsSupported => true;

    public static int Lanes => 1;

    public static int Load(void* source) => Unsafe.ReadUnaligned<int>(source);
    public static void Store(void* destination, int value) => Unsafe.WriteUnaligned(destination, value);
    public static int Broadcast(float value) => BitConverter.SingleToInt32Bits(value);
    public static int Broadcast(int value) => value;
    public static int LoadUInt16(ushort* source) => *source;
    public static int LoadFactors(sbyte* source) => (*source & 0xFFFF) | (*source << 16);

    /// <summary>Never called: there is no other lane.</summary>
    public static int SwapLanes(int value, [ConstantExpected] byte distance) => value;

    public static int Add(int left, int right) => Broadcast(Float(left) + Float(right));
    public static int Subtract(int left, int right) => Broadcast(Float(left) - Float(right));
    public static int Multiply(int left, int right) => Broadcast(Float(left) * Float(right));
    public static int Divide(int left, int right) => Broadcast(Float(left) / Float(right));

    public static int MultiplyAdd(int left, int right, int addend) =>
        Broadcast(MathF.FusedMultiplyAdd(Float(left), Float(right), Float(addend)));

    public static int MultiplySubtractFrom(int left, int right, int addend) =>
        Broadcast(MathF.FusedMultiplyAdd(-Float(left), Float(right), Float(addend)));

    public static int SelectGreater(int left, int right, int whenGreater, int otherwise) =>
        Float(left) > Float(right) ? whenGreater : otherwise;

    public static int RoundToInt(int value) => (int)MathF.Round(Float(value), MidpointRounding.ToEven);
    public static int ToFloat(int integers) => Broadcast((float)integers);

    public static int AddInt(int left, int right) => left + right;
    public static int SubtractInt(int left, int right) => left - right;
    public static int MultiplyInt(int left, int right) => left * right;
    public static int MaxInt(int left, int right) => Math.Max(left, right);

    public static int LargestInt(int value) => value;

    public static int SelectEqualInt(int left, int right, int whenEqual, int otherwise) =>
        left == right ? whenEqual : otherwise;

    public static int ShiftLeftInt(int value, [ConstantExpected] byte count) => value << count;
    public static int ShiftRightArithmeticInt(int value, [ConstantExpected] byte count) => value >> count;
    public static void StoreLowBytes(sbyte* destination, int integers) => *destination = (sbyte)integers;

    public static int And(int left, int right) => left & right;
    public static int Or(int left, int right) => left | right;

    public static int ShiftRightHalves(int value, [ConstantExpected] byte count) =>
        (Half(value, 0) >> count) | ((Half(value, 1) >> count) << 16);

    public static int ShiftLeftHalves(int value, [ConstantExpected] byte count) =>
        ((Half(value, 0) << count) & 0xFFFF) | (Half(value, 1) << (16 + count));

    public static int DotsPerFold(int codeBits) => int.MaxValue;

    public static int DotUnsigned(int partial, int codes, int activations)
    {
        for (var i = 0; i < 32; i += 8)
        {
            partial += (byte)(codes >> i) * (sbyte)(activations >> i);
        }

        return partial;
    }

    public static int DotSigned(int partial, int codes, int activations)
    {
        for (var i = 0; i < 32; i += 8)
        {
            partial += (sbyte)(codes >> i) * (sbyte)(activations >> i);
        }

        return partial;
    }

    public static int Fold(int sum, int partial) => sum + partial;
    public static int Fold(int sum, int partial, int factors) => sum + (partial * (short)factors);

    public static int PairDot(int sum, int left, int right) =>
        sum + ((short)left * (short)right) + ((left >> 16) * (right >> 16));

    private static float Float(int bits) => BitConverter.Int32BitsToSingle(bits);

    private static int Half(int value, int index) => (value >> (16 * index)) & 0xFFFF;
}

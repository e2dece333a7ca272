using System.Numerics;

namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>A set of bytes, a bit each.</summary>
internal readonly record struct ByteSet(ulong Bits0, ulong Bits1, ulong Bits2, ulong Bits3)
{
    /// <summary>Every byte.</summary>
    public static ByteSet All { get; } = new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    public bool IsEmpty => (Bits0 | Bits1 | Bits2 | Bits3) == 0;

    public int Count =>
        BitOperations.PopCount(Bits0) + BitOperations.PopCount(Bits1) + BitOperations.PopCount(Bits2) + BitOperations.PopCount(Bits3);

    /// <summary>The lowest byte of a set that isn't empty.</summary>
    public byte First => (byte)(
        Bits0 != 0 ? BitOperations.TrailingZeroCount(Bits0)
        : Bits1 != 0 ? 64 + BitOperations.TrailingZeroCount(Bits1)
        : Bits2 != 0 ? 128 + BitOperations.TrailingZeroCount(Bits2)
        : 192 + BitOperations.TrailingZeroCount(Bits3));

    public static ByteSet operator |(ByteSet a, ByteSet b) =>
        new(a.Bits0 | b.Bits0, a.Bits1 | b.Bits1, a.Bits2 | b.Bits2, a.Bits3 | b.Bits3);

    public static ByteSet operator &(ByteSet a, ByteSet b) =>
        new(a.Bits0 & b.Bits0, a.Bits1 & b.Bits1, a.Bits2 & b.Bits2, a.Bits3 & b.Bits3);

    public static ByteSet operator ~(ByteSet a) => new(~a.Bits0, ~a.Bits1, ~a.Bits2, ~a.Bits3);

    /// <summary>The bytes from one to another, both included.</summary>
    public static ByteSet Range(byte first, byte last)
    {
        return new(Word(0), Word(64), Word(128), Word(192));

        ulong Word(int start)
        {
            var (low, high) = (Math.Max(first - start, 0), Math.Min(last - start, 63));
            return low > high ? 0 : (ulong.MaxValue >> (63 - high)) & (ulong.MaxValue << low);
        }
    }

    public static ByteSet Of(byte value) => Range(value, value);

    public bool Contains(byte value) => ((value switch
    {
        < 64 => Bits0,
        < 128 => Bits1,
        < 192 => Bits2,
        _ => Bits3,
    } >> value) & 1) != 0;
}

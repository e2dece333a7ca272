using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Characters;

/// <summary>Characters as UTF-8 writes them. Source: RFC 3629, section 3.</summary>
internal sealed class Utf8Encoding(ExpressionStore store) : ICharacterEncoding
{
    // The characters of each length, and what the first byte adds to its digit; a digit has six bits.
    private static readonly (int First, int Last, int Lead)[] Lengths =
        [(0, 0x7F, 0), (0x80, 0x7FF, 0xC0), (0x800, 0xFFFF, 0xE0), (0x10000, 0x10FFFF, 0xF0)];

    public Expression Encode(CodePointSet set)
    {
        List<Expression> parts = [];
        foreach (var range in set.Ranges)
        {
            for (var length = 1; length <= Lengths.Length; length++)
            {
                var (first, last, lead) = Lengths[length - 1];
                var top = length - 1;
                var digits = new DigitRanges(store, length == 1 ? 128 : 64, (place, low, high) =>
                    place == top ? ByteSet.Range((byte)(lead + low), (byte)(lead + high)) : ByteSet.Range((byte)(0x80 + low), (byte)(0x80 + high)));
                parts.Add(digits.Between(Math.Max(range.First, first), Math.Min(range.Last, last), length));
            }
        }

        return store.Choice([.. parts]);
    }
}

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// With any group factors, the products are split: q = GroupScale * Quant, which takes up to 14 bits, is 128 * high + low,
/// low 0 to 127.
/// </summary>
/// <remarks>
/// Codes are multiplied in words of 16 bits, even and odd ones apart, and their bytes brought together again:
/// <code>
/// low  = (even &amp; 0x7F) | ((odd &lt;&lt; 8) &amp; 0x7F00);   high = ((even >> 7) &amp; 0xFF) | ((odd &lt;&lt; 1) &amp; 0xFF00)
/// </code>
/// </remarks>
internal sealed class SplitProducts(VectorAssembler a, WeightTile tile, int first) : AmxCodes
{
    public const int LowBits = 7;

    private readonly int _offset = first, _factors = first + 1, _even = first + 2, _odd = first + 3, _lowPart = first + 4,
        _lowHalf = first + 5, _lowByte = first + 6, _highByte = first + 7, _evenLow = first + 8, _oddLow = first + 9;

    public override void LoadConstants()
    {
        a.Broadcast(_offset, Twice(tile.Shape.Input.CodeOffset));
        a.Broadcast(_lowHalf, 0x0000FFFF);
        a.Broadcast(_lowByte, Twice(0x00FF));
        a.Broadcast(_highByte, Twice(0xFF00));
        a.Broadcast(_evenLow, Twice(0x007F));
        a.Broadcast(_oddLow, Twice(0x7F00));
    }

    public override void SetFactors(int factors)
    {
        a.ShiftLeftInt(_factors, factors, 16);
        a.And(factors, factors, _lowHalf);
        a.Or(_factors, _factors, factors);
    }

    public override void Store(Address to, int code)
    {
        a.And(_even, code, _lowByte);
        a.ShiftRightHalves(_odd, code, 8);
        foreach (var word in (ReadOnlySpan<int>)[_even, _odd])
        {
            a.SubtractHalves(word, word, _offset);
            a.MultiplyHalves(word, word, _factors);
        }

        a.And(_lowPart, _even, _evenLow);
        a.ShiftLeftHalves(code, _odd, 8);
        a.And(code, code, _oddLow);
        a.Or(code, code, _lowPart);
        a.Store(to, code);

        a.ShiftRightHalves(_even, _even, LowBits);
        a.And(_even, _even, _lowByte);
        a.ShiftLeftHalves(_odd, _odd, 8 - LowBits);
        a.And(_odd, _odd, _highByte);
        a.Or(_even, _even, _odd);
        a.Store(to + tile.HighAt, _even);
    }
}

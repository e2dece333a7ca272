namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Emits what AMX needs of a code: Quant = code - offset as a signed byte or, with group factors, q = GroupScale * Quant,
/// which takes 14 bits, in two bytes: q = 128 * high + low, low 0 to 127.
/// </summary>
/// <remarks>
/// Two codes are multiplied in a word of 16 bits each, and their bytes brought together again:
/// <code>
/// low  = (even &amp; 0x7F) | ((odd &lt;&lt; 8) &amp; 0x7F00);   high = ((even >> 7) &amp; 0xFF) | ((odd &lt;&lt; 1) &amp; 0xFF00)
/// </code>
/// </remarks>
/// <param name="a">Where to.</param>
/// <param name="tile">The tile that is unpacked.</param>
/// <param name="first">The first of its vector registers, of which there must be ten.</param>
internal sealed class SignedCodes(VectorAssembler a, WeightTile tile, int first)
{
    private readonly int _offset = first, _factors = first + 1, _even = first + 2, _odd = first + 3, _lowPart = first + 4,
        _lowHalf = first + 5, _lowByte = first + 6, _highByte = first + 7, _evenLow = first + 8, _oddLow = first + 9;

    /// <summary>Before anything is stored.</summary>
    public void LoadConstants()
    {
        var offset = tile.Shape.Input.CodeOffset;
        a.Broadcast(_offset, offset * (tile.Shape.IsGrouped ? 0x00010001 : 0x01010101));
        a.Broadcast(_lowHalf, 0x0000FFFF);
        a.Broadcast(_lowByte, 0x00FF00FF);
        a.Broadcast(_highByte, unchecked((int)0xFF00FF00));
        a.Broadcast(_evenLow, 0x007F007F);
        a.Broadcast(_oddLow, 0x7F007F00);
    }

    /// <summary>The factors of the codes that follow, from a register of integers.</summary>
    public void SetFactors(int factors)
    {
        a.And(_even, factors, _lowHalf);
        a.ShiftLeftInt(_factors, factors, 16);
        a.Or(_factors, _factors, _even);
    }

    /// <summary>Stores a register of codes, which is lost.</summary>
    public void Store(Address to, int code)
    {
        if (!tile.Shape.IsGrouped)
        {
            a.SubtractBytes(code, code, _offset);
            a.Store(to, code);
            return;
        }

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

        a.ShiftRightHalves(_even, _even, 7);
        a.And(_even, _even, _lowByte);
        a.ShiftLeftHalves(_odd, _odd, 1);
        a.And(_odd, _odd, _highByte);
        a.Or(_even, _even, _odd);
        a.Store(to + tile.HighAt, _even);
    }
}

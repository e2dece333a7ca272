namespace AiKernels.Runtime.Templates.Values;

/// <summary>A text. Templates count its characters by Unicode's code points, as Python does.</summary>
/// <param name="text">The text.</param>
/// <param name="isSafe">Whether it is marked as needing no HTML escapes.</param>
internal sealed class StringValue(string text, bool isSafe = false) : Value
{
    private static readonly StringValue[] Ascii =
        [.. Enumerable.Range(0, 128).Select(code => new StringValue(((char)code).ToString()))];

    // Both are the same whoever computes them: strings of a template are shared by its renderings.
    private int[]? _starts;
    private int _hash;

    public static StringValue Empty { get; } = new("");

    public string Text { get; } = text;

    public bool IsSafe { get; } = isSafe;

    public override string Kind => "a string";

    public override bool IsTrue => Text.Length != 0;

    public int Hash => _hash != 0 ? _hash : _hash = Text.GetHashCode(StringComparison.Ordinal) | 1;

    public bool HasHash => _hash != 0;

    /// <summary>A string of one character, which may be two units.</summary>
    public static StringValue OfCharacter(ReadOnlySpan<char> character) =>
        character.Length == 1 && char.IsAscii(character[0]) ? Ascii[character[0]] : new StringValue(character.ToString());

    /// <summary>How many code points it has.</summary>
    public int Length(Rendering run) => Starts(run) is { } starts ? starts.Length : Text.Length;

    /// <summary>Where in <see cref="Text"/> a code point begins.</summary>
    public int UnitOf(Rendering run, int codePoint) =>
        Starts(run) is not { } starts ? codePoint
        : codePoint < starts.Length ? starts[codePoint]
        : Text.Length;

    /// <summary>Which code point begins at a place in <see cref="Text"/>.</summary>
    public int CodePointOf(Rendering run, int unit)
    {
        if (Starts(run) is not { } starts)
        {
            return unit;
        }

        var found = Array.BinarySearch(starts, unit);
        return found >= 0 ? found : ~found;
    }

    /// <summary>One code point.</summary>
    public StringValue Character(Rendering run, int codePoint)
    {
        var start = UnitOf(run, codePoint);
        return OfCharacter(Text.AsSpan(start, UnitOf(run, codePoint + 1) - start));
    }

    /// <summary>Where each code point begins; null where each is one unit.</summary>
    private int[]? Starts(Rendering run)
    {
        if (_starts is null)
        {
            run.Read(Text.Length);
            _starts = Text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? FindStarts(run) : [];
        }

        return _starts.Length == 0 ? null : _starts;
    }

    private int[] FindStarts(Rendering run)
    {
        run.Step(Text.Length / 2);
        var starts = new int[Text.Length];
        var count = 0;
        for (var unit = 0; unit < Text.Length; unit++)
        {
            starts[count++] = unit;
            if (char.IsHighSurrogate(Text[unit]) && unit + 1 < Text.Length && char.IsLowSurrogate(Text[unit + 1]))
            {
                unit++;
            }
        }

        return starts[..count];
    }
}

using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Grammars;

/// <summary>Reads the text of a grammar from its beginning to its end.</summary>
/// <param name="source">The text.</param>
internal abstract class GrammarScanner(string source)
{
    private const int MostDepth = 128;

    /// <summary>How many groups are open, the whole included.</summary>
    protected int Depth { get; private set; }

    protected string Source => source;

    /// <summary>How much was read.</summary>
    protected int Position { get; set; }

    protected bool AtEnd => Position == source.Length;

    /// <summary>What comes next; a null character at the end.</summary>
    protected char Next => AtEnd ? '\0' : source[Position];

    /// <summary>Reads a text, if it comes next.</summary>
    protected bool Take(string text)
    {
        var isThere = string.CompareOrdinal(source, Position, text, 0, text.Length) == 0;
        Position += isThere ? text.Length : 0;
        return isThere;
    }

    /// <summary>Reads a text that has to come next.</summary>
    protected void Expect(string text)
    {
        if (!Take(text))
        {
            throw Fault($"expected {text}");
        }
    }

    /// <summary>Reads a character of a literal or class.</summary>
    protected Rune TakeRune(string whereIsNoEnd)
    {
        if (AtEnd || !Rune.TryGetRuneAt(source, Position, out var rune))
        {
            throw Fault(AtEnd ? $"{whereIsNoEnd} has no end" : "half a character");
        }

        Position += rune.Utf16SequenceLength;
        return rune;
    }

    /// <summary>Reads a count.</summary>
    protected int Number()
    {
        var start = Position;
        while (char.IsAsciiDigit(Next))
        {
            Position++;
        }

        return int.TryParse(source.AsSpan(start, Position - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Fault("expected a number, and not too large a one");
    }

    /// <summary>Reads the number of a character.</summary>
    protected int Hexadecimal(int digits)
    {
        var isThere = Position + digits <= source.Length;
        if (!isThere || !int.TryParse(source.AsSpan(Position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value is < 0 or > 0x10FFFF)
        {
            throw Fault($"expected the {digits} hexadecimal digits of a character");
        }

        Position += digits;
        return value;
    }

    /// <summary>A group begins.</summary>
    protected void Enter()
    {
        if (++Depth > MostDepth)
        {
            throw Fault($"groups are nested more than {MostDepth} deep");
        }
    }

    /// <summary>A group has ended.</summary>
    protected void Leave() => Depth--;

    /// <summary>What is wrong with the text here.</summary>
    protected GrammarException Fault(string problem) => new(problem, source, Position);
}

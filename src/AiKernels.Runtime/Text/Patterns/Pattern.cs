using System.Buffers;
using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>
/// A regular expression as a table, matched one code point a step: no backtracking, and code points beyond U+FFFF count as
/// one character, which .NET's own expressions over UTF-16 can't do.
/// </summary>
/// <remarks>The match is the one a backtracking engine finds first. Thread-safe.</remarks>
internal sealed class Pattern
{
    // The patterns of the models in use read a byte up to three times. One that a stranger wrote may read all the rest of a
    // text for each match, which would take days.
    private const long MostReads = 100, ShortText = 10_000;

    private readonly CharacterClasses _classes;
    private readonly byte[] _ascii;
    private readonly int _endOfText;
    private readonly int _start;

    // See PatternTable.
    private readonly int[] _steps;

    // The bytes that a match may begin with.
    private readonly SearchValues<byte> _firstBytes;

    /// <exception cref="NotSupportedException">The expression needs more than <see cref="PatternParser"/> reads, or too many states.</exception>
    public Pattern(string source)
    {
        var (root, sets) = PatternParser.Parse(source);
        _classes = new CharacterClasses(sets);
        _ascii = _classes.Ascii;
        _endOfText = _classes.Count;
        _start = _classes.Count + 1;
        _steps = new PatternTable(new PatternProgram(root), _classes, source).Steps;
        _firstBytes = SearchValues.Create(
            [.. Enumerable.Range(0, 256).Where(value => value >= 0x80 || _steps[_start + _ascii[value]] != 0).Select(value => (byte)value)]);
    }

    /// <summary>Finds the first match that isn't empty.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="start">Where the match begins; the end of the text if there is none.</param>
    /// <param name="work">The bytes read, those that are read again included, in all searches of the same text.</param>
    /// <returns>Its length in bytes; 0 if there is none.</returns>
    /// <exception cref="InvalidDataException">The pattern reads the text over and over.</exception>
    public int Find(ReadOnlySpan<byte> text, int from, out int start, ref long work)
    {
        for (start = from; start < text.Length; start += Utf8Text.Length(text[start]))
        {
            var skipped = text[start..].IndexOfAny(_firstBytes);
            if (skipped < 0)
            {
                break;
            }

            start += skipped;
            var length = Match(text, start, out var read);
            work += read - start;
            if (work > (MostReads * text.Length) + ShortText)
            {
                throw new InvalidDataException("the tokenizer's pattern reads this text over and over");
            }

            if (length > 0)
            {
                return length;
            }

            if (read > start + 1)
            {
                start = LastThatFailsToo(text, start);
            }
        }

        start = text.Length;
        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Match(ReadOnlySpan<byte> text, int start, out int read)
    {
        var (steps, ascii) = (_steps, _ascii);
        var (row, position, end) = (_start, start, start);
        while (position < text.Length)
        {
            int value = text[position], length = 1, step;
            if (value < 0x80)
            {
                step = steps[row + ascii[value]];
            }
            else
            {
                step = steps[row + _classes.Of(Utf8Text.CodePoint(text, position, out length))];
            }

            end = (step & PatternTable.Accepts) != 0 ? position : end;
            row = step >> 1;
            if (row == PatternTable.Dead)
            {
                read = position;
                return end - start;
            }

            position += length;
        }

        read = position;
        return (steps[row + _endOfText] & PatternTable.Accepts) != 0 ? position - start : end - start;
    }

    /// <summary>
    /// A failed match may have read far: <c>\s+$</c> reads all spaces before a word, and would do so again from the second one.
    /// A match that begins later, and is soon in the same state as the failed one, fails likewise.
    /// </summary>
    private int LastThatFailsToo(ReadOnlySpan<byte> text, int start)
    {
        var row = Step(_start, text, start, out var length);
        while (start + length < text.Length && Meet(text, start + length, row))
        {
            start += length;
            row = Step(row, text, start, out length);
        }

        return start;
    }

    /// <summary>Whether a match that begins at a place comes to the state of another one within some characters, and to no end before.</summary>
    private bool Meet(ReadOnlySpan<byte> text, int at, int row)
    {
        const int soon = 8;
        var anew = _start;
        for (var i = 0; i < soon && at < text.Length; i++)
        {
            var character = ClassAt(text, at, out var length);
            if (i > 0 && (_steps[anew + character] & PatternTable.Accepts) != 0)
            {
                return false;
            }

            (row, anew) = (_steps[row + character] >> 1, _steps[anew + character] >> 1);
            if (row == anew)
            {
                return true;
            }

            at += length;
        }

        return false;
    }

    private int Step(int row, ReadOnlySpan<byte> text, int at, out int length) => _steps[row + ClassAt(text, at, out length)] >> 1;

    private int ClassAt(ReadOnlySpan<byte> text, int at, out int length) => _classes.Of(Utf8Text.CodePoint(text, at, out length));
}

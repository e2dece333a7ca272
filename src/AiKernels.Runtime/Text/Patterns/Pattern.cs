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
    /// <returns>Its length in bytes; 0 if there is none.</returns>
    public int Find(ReadOnlySpan<byte> text, int from, out int start)
    {
        for (start = from; start < text.Length; start += Utf8Text.Length(text[start]))
        {
            var skipped = text[start..].IndexOfAny(_firstBytes);
            if (skipped < 0)
            {
                break;
            }

            start += skipped;
            if (Match(text, start, out var read) is > 0 and var length)
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

    /// <summary>How many bytes of <paramref name="text"/> match at its start; 0 if none do.</summary>
    public int Match(ReadOnlySpan<byte> text) => Match(text, 0, out _);

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
    /// A failed match may have read far: <c>\s+$</c> reads all spaces before a word, and would do so again from the second
    /// one. Where a match that begins at the next character is in the same state behind it, it fails likewise.
    /// </summary>
    private int LastThatFailsToo(ReadOnlySpan<byte> text, int start)
    {
        var row = _steps[_start + ClassAt(text, start, out var length)] >> 1;
        while (start + length < text.Length)
        {
            var next = ClassAt(text, start + length, out var nextLength);
            var (ongoing, anew) = (_steps[row + next] >> 1, _steps[_start + next] >> 1);
            if (ongoing != anew || ongoing == PatternTable.Dead)
            {
                break;
            }

            (start, length, row) = (start + length, nextLength, ongoing);
        }

        return start;
    }

    private int ClassAt(ReadOnlySpan<byte> text, int at, out int length) => _classes.Of(Utf8Text.CodePoint(text, at, out length));
}

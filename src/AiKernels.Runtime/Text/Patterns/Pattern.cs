using System.Text;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>
/// A regular expression as a table, matched at the start of a text one code point a step: no backtracking, and code
/// points beyond U+FFFF count as one character, which .NET's own expressions over UTF-16 can't do.
/// </summary>
/// <remarks>
/// The match is the one a backtracking engine finds first. A state is the list of instructions still alive, in order of
/// preference; reaching <see cref="PatternOperation.Match"/> drops all less preferred ones. What follows the current
/// position is known when a step is taken, so a step also decides whether the match may end before it. Thread-safe.
/// </remarks>
internal sealed class Pattern
{
    private const int Dead = 0;
    private const int Accepts = 1;
    private const int StateLimit = 4096;

    private readonly PatternProgram _program;
    private readonly CharacterClasses _classes;
    private readonly int _endOfText;
    private readonly int _width;

    // steps[row + class] = (row of the next state << 1) | Accepts, with row = state * width.
    private readonly int[] _steps;
    private readonly int _start;

    /// <exception cref="NotSupportedException">The expression needs more than <see cref="PatternParser"/> reads.</exception>
    public Pattern(string source)
    {
        var (root, sets) = PatternParser.Parse(source);
        _program = new PatternProgram(root);
        _classes = new CharacterClasses(sets);
        _endOfText = _classes.Count;
        _width = _classes.Count + 1;
        _start = _width;
        _steps = BuildSteps(source);
    }

    /// <summary>How many bytes of <paramref name="text"/> (UTF-8) match at its start; 0 if none do.</summary>
    public int Match(ReadOnlySpan<byte> text)
    {
        var (row, position, end) = (_start, 0, 0);
        while (true)
        {
            var (character, length) = (_endOfText, 0);
            if (position < text.Length)
            {
                var codePoint = (int)text[position];
                length = 1;
                if (codePoint >= 0x80)
                {
                    Rune.DecodeFromUtf8(text[position..], out var rune, out length);
                    codePoint = rune.Value;
                }

                character = _classes.Of(codePoint);
            }

            var step = _steps[row + character];
            end = (step & Accepts) != 0 ? position : end;
            row = step >> 1;
            if (row == Dead)
            {
                return end;
            }

            position += length;
        }
    }

    private int[] BuildSteps(string source)
    {
        List<int[]> states = [[], [0]];
        Dictionary<string, int> numbers = new() { [""] = 0, ["0"] = 1 };
        List<int> table = [.. new int[_width]];
        for (var state = 1; state < states.Count; state++)
        {
            for (var character = 0; character < _width; character++)
            {
                var (next, accepts) = Step(states[state], character);
                var key = string.Join(' ', next);
                if (!numbers.TryGetValue(key, out var number))
                {
                    numbers[key] = number = states.Count;
                    states.Add(next);
                }

                table.Add((number * _width << 1) | (accepts ? Accepts : 0));
            }

            if (states.Count > StateLimit)
            {
                throw new NotSupportedException($"the pre-tokenizer pattern '{source}' needs more than {StateLimit} states");
            }
        }

        return [.. table];
    }

    private (int[] Next, bool Accepts) Step(int[] state, int character)
    {
        List<int> next = [];
        HashSet<int> seen = [];
        var accepts = false;
        foreach (var instruction in state)
        {
            accepts = accepts || Follow(instruction, character, next, seen);
        }

        return ([.. next], accepts);
    }

    // Follows all that needs no character, in order of preference; true once the pattern has matched.
    private bool Follow(int index, int character, List<int> next, HashSet<int> seen)
    {
        if (!seen.Add(index))
        {
            return false;
        }

        var (operation, a, b) = _program[index];
        switch (operation)
        {
            case PatternOperation.Match:
                return true;
            case PatternOperation.Split:
                return Follow(a, character, next, seen) || Follow(b, character, next, seen);
            case PatternOperation.NotBefore:
                return !IsIn(a, character) && Follow(index + 1, character, next, seen);
            default:
                if (IsIn(a, character))
                {
                    next.Add(index + 1);
                }

                return false;
        }
    }

    private bool IsIn(int set, int character) => character != _endOfText && _classes.Contains(set, character);
}

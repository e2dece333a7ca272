using System.Runtime.InteropServices;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>Makes a table of a pattern: for each state, and each class of the next character, the state behind it.</summary>
/// <remarks>
/// A state is the list of instructions still alive, in order of preference; reaching <see cref="PatternOperation.Match"/>
/// drops all less preferred ones. What follows the current position is known when a step is taken, so a step also decides
/// whether the match may end before it.
/// </remarks>
internal sealed class PatternTable
{
    /// <summary>The row of the state from which nothing matches any more.</summary>
    public const int Dead = 0;

    /// <summary>The bit of a step which says that the match may end before the character.</summary>
    public const int Accepts = 1;

    private const int MostStates = 4096;

    // A pattern of a model in use takes some 100,000; jais-2 20 million.
    private const long MostWork = 100_000_000;

    private readonly PatternProgram _program;
    private readonly CharacterClasses _classes;
    private readonly int[] _seen;
    private int _mark;
    private long _work;

    /// <exception cref="NotSupportedException">There would be too many states.</exception>
    public PatternTable(PatternProgram program, CharacterClasses classes, string source)
    {
        (_program, _classes) = (program, classes);
        _seen = new int[program.Length];
        Steps = Build(source);
    }

    /// <summary>
    /// steps[row + class] = (row of the next state &lt;&lt; 1) | Accepts, with row = state * (classes + 1): the last class is
    /// the end of the text. State 1 is the first one.
    /// </summary>
    public int[] Steps { get; }

    private int[] Build(string source)
    {
        var width = _classes.Count + 1;
        List<int[]> states = [[], [0]];
        Dictionary<int[], int> numbers = new(StateComparer.Instance) { [states[0]] = 0, [states[1]] = 1 };
        List<int> table = [.. new int[width]];
        for (var state = 1; state < states.Count; state++)
        {
            for (var character = 0; character < width; character++)
            {
                var (next, accepts) = Step(states[state], character);
                if (!numbers.TryGetValue(next, out var number))
                {
                    numbers[next] = number = states.Count;
                    states.Add(next);
                }

                table.Add((number * width << 1) | (accepts ? Accepts : 0));
            }

            if (states.Count > MostStates || _work > MostWork)
            {
                throw new NotSupportedException($"the pre-tokenizer pattern '{source}' needs too many states");
            }
        }

        return [.. table];
    }

    private (int[] Next, bool Accepts) Step(int[] state, int character)
    {
        List<int> next = [];
        _mark++;
        foreach (var instruction in state)
        {
            if (Follow(instruction, character, next))
            {
                return ([.. next], true);
            }
        }

        return ([.. next], false);
    }

    // Follows all that needs no character, in order of preference; true once the pattern has matched.
    private bool Follow(int index, int character, List<int> next)
    {
        _work++;
        if (_seen[index] == _mark)
        {
            return false;
        }

        _seen[index] = _mark;
        var (operation, a, b) = _program[index];
        switch (operation)
        {
            case PatternOperation.Match:
                return true;
            case PatternOperation.Split:
                return Follow(a, character, next) || Follow(b, character, next);
            case PatternOperation.NotBefore:
                return !IsIn(a, character) && Follow(index + 1, character, next);
            case PatternOperation.Before:
                return IsIn(a, character) && Follow(index + 1, character, next);
            default:
                if (IsIn(a, character))
                {
                    next.Add(index + 1);
                }

                return false;
        }
    }

    private bool IsIn(int set, int character) => character != _classes.Count && _classes.Contains(set, character);

    private sealed class StateComparer : IEqualityComparer<int[]>
    {
        public static readonly StateComparer Instance = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj) => (int)Utf8Hash.Of(MemoryMarshal.AsBytes(obj.AsSpan()));
    }
}

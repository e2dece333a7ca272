namespace AiKernels.Runtime.Text.Patterns;

/// <summary>What an instruction of a <see cref="PatternProgram"/> does.</summary>
internal enum PatternOperation
{
    /// <summary>Take one character of set A and go on behind this instruction.</summary>
    One,

    /// <summary>Go on behind this instruction unless a character of set A follows.</summary>
    NotBefore,

    /// <summary>Go on behind this instruction if a character of set A follows.</summary>
    Before,

    /// <summary>Try A first, then B.</summary>
    Split,

    /// <summary>The pattern has matched.</summary>
    Match,
}

/// <summary>A pattern as a nondeterministic automaton whose branches are ordered by preference.</summary>
/// <remarks>Source: Thompson's construction, as Russ Cox describes it in "Regular Expression Matching: the Virtual Machine Approach".</remarks>
internal sealed class PatternProgram
{
    // The patterns of the models in use have up to some hundred, jais-2 apart, which counts spaces up to 512.
    private const int MostInstructions = 4096;

    private readonly List<(PatternOperation Operation, int A, int B)> _code = [];

    // Repeats of nothing add no instruction, but take their time.
    private int _visits;

    public PatternProgram(PatternNode root)
    {
        Emit(root);
        _code.Add((PatternOperation.Match, 0, 0));
    }

    /// <summary>How many instructions there are.</summary>
    public int Length => _code.Count;

    public (PatternOperation Operation, int A, int B) this[int index] => _code[index];

    private void Emit(PatternNode node)
    {
        if (_code.Count > MostInstructions || ++_visits > 16 * MostInstructions)
        {
            throw new NotSupportedException($"a pre-tokenizer pattern repeats so much that it takes more than {MostInstructions} steps");
        }

        switch (node)
        {
            case PatternNode.One one:
                _code.Add((PatternOperation.One, one.Set, 0));
                break;
            case PatternNode.NotBefore not:
                _code.Add((PatternOperation.NotBefore, not.Set, 0));
                break;
            case PatternNode.Before before:
                _code.Add((PatternOperation.Before, before.Set, 0));
                break;
            case PatternNode.Sequence sequence:
                foreach (var item in sequence.Items)
                {
                    Emit(item);
                }

                break;
            case PatternNode.Choice choice:
                EmitChoice(choice.Items);
                break;
            case PatternNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
        }
    }

    private void EmitChoice(IReadOnlyList<PatternNode> items)
    {
        List<int> exits = [];
        for (var i = 0; i < items.Count - 1; i++)
        {
            var split = Reserve();
            Emit(items[i]);
            exits.Add(Reserve());
            _code[split] = (PatternOperation.Split, split + 1, _code.Count);
        }

        Emit(items[^1]);
        foreach (var exit in exits)
        {
            _code[exit] = (PatternOperation.Split, _code.Count, _code.Count);
        }
    }

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        for (var i = repeat.Maximum is null ? 1 : 0; i < repeat.Minimum; i++)
        {
            Emit(repeat.Item);
        }

        if (repeat.Maximum is not { } maximum)
        {
            EmitLoop(repeat);
            return;
        }

        List<int> exits = [];
        for (var i = repeat.Minimum; i < maximum; i++)
        {
            exits.Add(Reserve());
            Emit(repeat.Item);
        }

        foreach (var exit in exits)
        {
            _code[exit] = Choice(exit + 1, _code.Count, repeat.IsLazy);
        }
    }

    private void EmitLoop(PatternNode.Repeat repeat)
    {
        if (repeat.Minimum > 0)
        {
            var first = _code.Count;
            Emit(repeat.Item);
            _code.Add(Choice(first, _code.Count + 1, repeat.IsLazy));
            return;
        }

        var loop = Reserve();
        Emit(repeat.Item);
        _code.Add((PatternOperation.Split, loop, loop));
        _code[loop] = Choice(loop + 1, _code.Count, repeat.IsLazy);
    }

    private static (PatternOperation Operation, int A, int B) Choice(int once, int behind, bool isLazy) =>
        isLazy ? (PatternOperation.Split, behind, once) : (PatternOperation.Split, once, behind);

    private int Reserve()
    {
        _code.Add(default);
        return _code.Count - 1;
    }
}

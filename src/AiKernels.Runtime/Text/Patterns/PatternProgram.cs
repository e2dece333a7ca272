namespace AiKernels.Runtime.Text.Patterns;

/// <summary>What an instruction of a <see cref="PatternProgram"/> does.</summary>
internal enum PatternOperation
{
    /// <summary>Take one character of set A and go on behind this instruction.</summary>
    One,

    /// <summary>Go on behind this instruction unless a character of set A follows.</summary>
    NotBefore,

    /// <summary>Try A first, then B.</summary>
    Split,

    /// <summary>The pattern has matched.</summary>
    Match,
}

/// <summary>A pattern as a nondeterministic automaton whose branches are ordered by preference.</summary>
/// <remarks>Source: Thompson's construction, as Russ Cox describes it in "Regular Expression Matching: the Virtual Machine Approach".</remarks>
internal sealed class PatternProgram
{
    private readonly List<(PatternOperation Operation, int A, int B)> _code = [];

    public PatternProgram(PatternNode root)
    {
        Emit(root);
        _code.Add((PatternOperation.Match, 0, 0));
    }

    public (PatternOperation Operation, int A, int B) this[int index] => _code[index];

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                _code.Add((PatternOperation.One, one.Set, 0));
                break;
            case PatternNode.NotBefore not:
                _code.Add((PatternOperation.NotBefore, not.Set, 0));
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
        for (var i = 0; i < repeat.Minimum; i++)
        {
            Emit(repeat.Item);
        }

        if (repeat.Maximum is not { } maximum)
        {
            var loop = Reserve();
            Emit(repeat.Item);
            _code.Add((PatternOperation.Split, loop, loop));
            _code[loop] = (PatternOperation.Split, loop + 1, _code.Count);
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
            _code[exit] = (PatternOperation.Split, exit + 1, _code.Count);
        }
    }

    private int Reserve()
    {
        _code.Add(default);
        return _code.Count - 1;
    }
}

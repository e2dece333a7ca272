namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>All bytes, divided into classes that none of some sets tells apart: what holds for one byte of a class holds for all.</summary>
/// <remarks>Source: Owens, Reppy and Turon, "Regular-expression derivatives re-examined" (2009), section 4.2.</remarks>
internal sealed class ByteClasses
{
    private readonly List<ByteSet> _classes = [ByteSet.All];
    private HashSet<Choice>? _met;

    public IReadOnlyList<ByteSet> Classes => _classes;

    /// <summary>The number of each byte's class.</summary>
    public byte[] Numbers()
    {
        var numbers = new byte[256];
        for (var i = 0; i < _classes.Count; i++)
        {
            for (var value = 0; value < 256; value++)
            {
                numbers[value] = _classes[i].Contains((byte)value) ? (byte)i : numbers[value];
            }
        }

        return numbers;
    }

    /// <summary>Whether it meets alternatives for the first time: the ways through others before them all lead to the same.</summary>
    public bool Meets(Choice choice) => (_met ??= []).Add(choice);

    /// <summary>Divides what a set has only in part.</summary>
    public void Divide(ByteSet set)
    {
        for (var i = _classes.Count - 1; i >= 0; i--)
        {
            var (inside, outside) = (_classes[i] & set, _classes[i] & ~set);
            if (!inside.IsEmpty && !outside.IsEmpty)
            {
                _classes[i] = inside;
                _classes.Add(outside);
            }
        }
    }
}

using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Which values are equal, and which come first. Every value that is looked at is a step.</summary>
internal static class Comparison
{
    public static bool Equal(Rendering run, Value a, Value b)
    {
        run.Step();
        if (a is StringValue x && b is StringValue y)
        {
            return Equal(run, x.Text, y.Text);
        }

        if (ReferenceEquals(a, b))
        {
            return a is not FloatValue { Value: double.NaN };
        }

        if (Number.TryOf(a, out var m))
        {
            return Number.TryOf(b, out var n) && Number.Compare(m, n) == 0;
        }

        return (a, b) switch
        {
            (ListValue or TupleValue, SequenceValue) when a.GetType() == b.GetType() => EqualItems(run, (SequenceValue)a, (SequenceValue)b),
            (RangeValue first, RangeValue second) => EqualRanges(first, second),
            (MappingValue first, MappingValue second) => EqualItems(run, first, second),
            (UndefinedValue, UndefinedValue) => true,
            _ => false,
        };
    }

    /// <summary>
    /// Negative, 0 or positive as <paramref name="a"/> comes before, with or after <paramref name="b"/>; null where there is no
    /// order (NaN).
    /// </summary>
    /// <exception cref="TemplateException">Values of these kinds have no order.</exception>
    public static int? Compare(Rendering run, Value a, Value b)
    {
        run.Step();
        return (a, b) switch
        {
            (StringValue x, StringValue y) => Compare(run, x.Text, y.Text),
            (ListValue x, ListValue y) => CompareItems(run, x, y),
            (TupleValue x, TupleValue y) => CompareItems(run, x, y),
            _ => Number.TryOf(a, out var m) && Number.TryOf(b, out var n) ? Number.Compare(m, n)
                : throw new TemplateException($"{Described.Of(a)} and {Described.Of(b)} have no order"),
        };
    }

    /// <summary>Whether they are one and the same.</summary>
    public static bool Same(Rendering run, Value a, Value b) => ReferenceEquals(a, b)
        || a.GetType() == b.GetType() && a is IntegerValue or FloatValue or StringValue && Equal(run, a, b);

    /// <summary>Whether <paramref name="item"/> is in <paramref name="container"/>: a part of a text, a key, an item.</summary>
    public static bool Contains(Rendering run, Value container, Value item)
    {
        switch (container)
        {
            case StringValue text:
                return item is StringValue part
                    ? TextSearch.First(run, text.Text, part.Text, 0) >= 0
                    : throw new TemplateException($"only a string can be in a string, not {Described.Of(item)}");
            case MappingValue mapping:
                return mapping.Items.ContainsKey(item);
            case NamespaceValue names:
                return item is StringValue name && names.Items.ContainsKey(name.Text);
            default:
                foreach (var candidate in Sequences.Items(run, container))
                {
                    if (Equal(run, candidate, item))
                    {
                        return true;
                    }
                }

                return false;
        }
    }

    private static bool Equal(Rendering run, string a, string b)
    {
        if (ReferenceEquals(a, b) || a.Length != b.Length)
        {
            return a.Length == b.Length;
        }

        run.Read(a.Length);
        return a == b;
    }

    private static bool EqualItems(Rendering run, SequenceValue a, SequenceValue b)
    {
        if (a.Count != b.Count)
        {
            return false;
        }

        run.Enter();
        var equal = true;
        for (var i = 0; equal && i < a.Count; i++)
        {
            equal = Equal(run, a[i], b[i]);
        }

        run.Leave();
        return equal;
    }

    private static bool EqualItems(Rendering run, MappingValue a, MappingValue b)
    {
        if (a.Items.Count != b.Items.Count)
        {
            return false;
        }

        run.Enter();
        var equal = true;
        foreach (var (key, value) in a.Items)
        {
            equal = b.Items.TryGetValue(key, out var other) && Equal(run, value, other);
            if (!equal)
            {
                break;
            }
        }

        run.Leave();
        return equal;
    }

    private static bool EqualRanges(RangeValue a, RangeValue b) => a.Count == b.Count
        && (a.Count == 0 || a.Start == b.Start && (a.Count == 1 || a.Step == b.Step));

    private static int? CompareItems(Rendering run, SequenceValue a, SequenceValue b)
    {
        run.Enter();
        int? order = a.Count.CompareTo(b.Count);
        for (var i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            if (!Equal(run, a[i], b[i]))
            {
                order = Compare(run, a[i], b[i]);
                break;
            }
        }

        run.Leave();
        return order;
    }

    // By code points: surrogates stand for characters behind all others.
    private static int Compare(Rendering run, string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        run.Read(same);
        return same == a.Length || same == b.Length ? a.Length.CompareTo(b.Length) : Rank(a[same]) - Rank(b[same]);

        static int Rank(char unit) => char.IsSurrogate(unit) ? unit + char.MaxValue : unit;
    }
}

using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Filters that compare items with each other; texts without regard to case, unless asked for.</summary>
internal static class OrderFilters
{
    public static Builtin[] All { get; } =
    [
        new("sort", Sort, "reverse?", "case_sensitive?", "attribute?"),
        new("dictsort", SortMapping, "case_sensitive?", "by?", "reverse?"),
        new("unique", Unique, "case_sensitive?", "attribute?"),
        new("groupby", Group, "attribute", "default?", "case_sensitive?"),
        new("min", (run, value, arguments) => Extreme(run, value, arguments, sign: -1), "case_sensitive?", "attribute?"),
        new("max", (run, value, arguments) => Extreme(run, value, arguments, sign: 1), "case_sensitive?", "attribute?"),
    ];

    private static ListValue Sort(Rendering run, Value value, Value?[] arguments)
    {
        // 'a,b' sorts by a, and what has the same a by b.
        Value?[] paths = arguments[2] is StringValue { Text: var names } ? Paths(run, names) : [arguments[2]];
        var keyed = Sequences.Copy(run, value).ConvertAll(item =>
            (Item: item, Keys: Array.ConvertAll(paths, path => Key(run, item, path, arguments.Flag(1)))));
        return Sorted(run, keyed, arguments.Flag(0), (a, b) =>
        {
            for (var i = 0; i < paths.Length; i++)
            {
                if (!Comparison.Equal(run, a[i], b[i]))
                {
                    return Comparison.Compare(run, a[i], b[i]);
                }
            }

            return 0;
        });
    }

    private static ListValue SortMapping(Rendering run, Value value, Value?[] arguments)
    {
        if (value is not MappingValue mapping)
        {
            throw Described.Refusal(value, "can't be sorted by 'dictsort', which takes a mapping");
        }

        var place = (arguments.OptionalText(1, "'by'") ?? "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateException("'dictsort' sorts by 'key' or by 'value'"),
        };
        var keyed = MappingMethods.Pairs(run, mapping).ConvertAll(pair =>
            (Item: pair, Keys: (Value[])[Folded(run, ((TupleValue)pair)[place], arguments.Flag(0))]));
        return Sorted(run, keyed, arguments.Flag(2), (a, b) => Comparison.Compare(run, a[0], b[0]));
    }

    // Equals keep their order in both directions.
    private static ListValue Sorted(
        Rendering run, List<(Value Item, Value[] Keys)> keyed, bool reverse, Func<Value[], Value[], int?> compare)
    {
        var sorted = MergeSort.Sort(run, keyed, (a, b) => reverse ? compare(b.Keys, a.Keys) : compare(a.Keys, b.Keys));
        return new ListValue(sorted.ConvertAll(entry => entry.Item));
    }

    private static ListValue Unique(Rendering run, Value value, Value?[] arguments)
    {
        var seen = new HashSet<Value>(run.Keys);
        List<Value> unique = [];
        foreach (var item in Sequences.Items(run, value))
        {
            run.Step();
            if (seen.Add(Key(run, item, arguments[1], arguments.Flag(0))))
            {
                unique.Add(item);
            }
        }

        return new ListValue(unique);
    }

    private static ListValue Group(Rendering run, Value value, Value?[] arguments)
    {
        var isSensitive = arguments.Flag(2);
        var keyed = Sequences.Copy(run, value).ConvertAll(item => (Item: item, Key: GroupKey(run, item, arguments)));
        var sorted = MergeSort.Sort(run, keyed, (a, b) =>
            Comparison.Compare(run, Folded(run, a.Key, isSensitive), Folded(run, b.Key, isSensitive)));
        List<Value> groups = [];
        List<Value> members = [];
        for (var i = 0; i < sorted.Count; i++)
        {
            if (i == 0 || !Comparison.Equal(run, Folded(run, sorted[i].Key, isSensitive), Folded(run, sorted[i - 1].Key, isSensitive)))
            {
                groups.Add(new TupleValue([sorted[i].Key, new ListValue(members = [])], "grouper", "list"));
            }

            members.Add(sorted[i].Item);
        }

        return new ListValue(groups);
    }

    private static Value GroupKey(Rendering run, Value item, Value?[] arguments)
    {
        run.Step();
        var key = Members.Path(run, item, arguments[0]!);
        return key is UndefinedValue && arguments[1] is { } missing ? missing : key;
    }

    private static Value Extreme(Rendering run, Value value, Value?[] arguments, int sign)
    {
        Value? extreme = null, extremeKey = null;
        foreach (var item in Sequences.Items(run, value))
        {
            var key = Key(run, item, arguments[1], arguments.Flag(0));
            if (extremeKey is null || Math.Sign(Comparison.Compare(run, key, extremeKey) ?? 0) == sign)
            {
                (extreme, extremeKey) = (item, key);
            }
        }

        return extreme ?? UndefinedValue.Nothing;
    }

    private static Value?[] Paths(Rendering run, string names)
    {
        run.Step(names.Length);
        return Array.ConvertAll(names.Split(','), name => new StringValue(name));
    }

    private static Value Key(Rendering run, Value item, Value? path, bool isSensitive)
    {
        run.Step();
        return Folded(run, SequenceFilters.Part(run, item, path), isSensitive);
    }

    private static Value Folded(Rendering run, Value value, bool isSensitive)
    {
        if (isSensitive || value is not StringValue { Text: var text })
        {
            return value;
        }

        run.Make(text.Length);
        return new StringValue(Characters.Lower(text));
    }
}

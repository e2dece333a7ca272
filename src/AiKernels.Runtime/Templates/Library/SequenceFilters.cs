using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Filters of sequences. Where Jinja gives a generator they give a list.</summary>
internal static class SequenceFilters
{
    public static Builtin[] All { get; } =
    [
        new("length", (run, value, _) => IntegerValue.Of((long)Sequences.Count(run, value))),
        new("list", (run, value, _) => new ListValue(Sequences.Copy(run, value))),
        new("first", (run, value, _) => End(run, value, isFirst: true)),
        new("last", (run, value, _) => End(run, value, isFirst: false)),
        new("reverse", Reverse),
        new("join", Join, "d?", "attribute?"),
        new("sum", Sum, "attribute?", "start?"),
        new("batch", Batch, "linecount", "fill_with?"),
        new("slice", Slice, "slices", "fill_with?"),
    ];

    /// <summary>What filters look at: an attribute of each item where a path is given, else the item.</summary>
    public static Value Part(Rendering run, Value item, Value? path) =>
        path is null or NoneValue ? item : Members.Path(run, item, path);

    private static Value End(Rendering run, Value value, bool isFirst)
    {
        if (value is StringValue text)
        {
            var length = text.Length(run);
            return length == 0 ? UndefinedValue.Nothing : text.Character(run, isFirst ? 0 : length - 1);
        }

        var items = Sequences.Items(run, value);
        return items.Count == 0 ? UndefinedValue.Nothing : items[isFirst ? 0 : items.Count - 1];
    }

    private static Value Reverse(Rendering run, Value value, Value?[] arguments)
    {
        var reversed = Sequences.Copy(run, value);
        reversed.Reverse();
        if (value is not StringValue)
        {
            return new ListValue(reversed);
        }

        var text = new PromptText(run);
        reversed.ForEach(character => text.Append(((StringValue)character).Text));
        return new StringValue(text.ToString());
    }

    private static StringValue Join(Rendering run, Value value, Value?[] arguments)
    {
        var separator = arguments[0] is { } given ? PythonText.Of(run, given) : "";
        var joined = new PromptText(run);
        var isFirst = true;
        foreach (var item in Sequences.Items(run, value))
        {
            run.Step();
            joined.Append(isFirst ? "" : separator);
            PythonText.Append(joined, run, Part(run, item, arguments[1]));
            isFirst = false;
        }

        return new StringValue(joined.ToString());
    }

    private static Value Sum(Rendering run, Value value, Value?[] arguments)
    {
        var sum = arguments[1] ?? IntegerValue.Of(0L);
        foreach (var item in Sequences.Items(run, value))
        {
            run.Step();
            sum = sum is StringValue
                ? throw new TemplateException("'sum' adds no strings; 'join' does")
                : Arithmetic.Add(run, sum, Part(run, item, arguments[0]));
        }

        return sum;
    }

    private static ListValue Batch(Rendering run, Value value, Value?[] arguments)
    {
        var size = arguments.Integer(0, "the length of a batch", 1);
        if (size < 1)
        {
            throw new TemplateException("'batch' needs a length of 1 or more");
        }

        List<Value> batches = [];
        var items = Sequences.Items(run, value);
        for (var start = 0; start < items.Count; start += Math.Min(size, items.Count))
        {
            var batch = items.Skip(start).Take(size).ToList();
            run.Step(batch.Count);
            Fill(run, batch, size, arguments[1]);
            batches.Add(new ListValue(batch));
        }

        return new ListValue(batches);
    }

    // The first parts are longer by one where they can't all be of one length.
    private static ListValue Slice(Rendering run, Value value, Value?[] arguments)
    {
        var count = arguments.Integer(0, "the number of slices", 1);
        if (count < 1)
        {
            throw new TemplateException("'slice' needs a number of slices");
        }

        var items = Sequences.Items(run, value);
        run.Step((long)count + items.Count);
        var (length, longer) = Math.DivRem(items.Count, count);
        List<Value> slices = [];
        for (int i = 0, start = 0; i < count; i++)
        {
            var size = length + (i < longer ? 1 : 0);
            var slice = items.Skip(start).Take(size).ToList();
            start += size;
            Fill(run, slice, length + 1, arguments[1]); // Even where all are of one length.
            slices.Add(new ListValue(slice));
        }

        return new ListValue(slices);
    }

    private static void Fill(Rendering run, List<Value> items, int count, Value? filling)
    {
        if (filling is not (null or NoneValue))
        {
            run.Step(count - items.Count);
            items.AddRange(Enumerable.Repeat(filling, count - items.Count));
        }
    }
}

using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Methods of lists, and of sequences in general. Of those that change a list, templates use two.</summary>
internal static class SequenceMethods
{
    public static Builtin[] OfAll { get; } =
    [
        new("count", (run, self, arguments) =>
            IntegerValue.Of((long)Sequences.Items(run, self).Count(item => Comparison.Equal(run, item, arguments[0]!))), "value"),
        new("index", (run, self, arguments) => IndexOf(run, self, arguments[0]!), "value"),
    ];

    public static Builtin[] OfLists { get; } =
    [
        new("append", Append, "value"),
        new("pop", Pop, "index?"),
        new("copy", (run, self, _) => new ListValue(Sequences.Copy(run, self))),
    ];

    private static NoneValue Append(Rendering run, Value self, Value?[] arguments)
    {
        run.Step();
        ((ListValue)self).Items.Add(arguments[0]!);
        return NoneValue.Instance;
    }

    private static Value Pop(Rendering run, Value self, Value?[] arguments)
    {
        var items = ((ListValue)self).Items;
        var place = arguments[0] is { } index ? Number.IntegerOf(index, "the index of 'pop'") : -1;
        place = place < 0 ? place + items.Count : place;
        if (place < 0 || place >= items.Count)
        {
            throw new TemplateException("'pop' is beyond the end of the list");
        }

        run.Step(items.Count - place);
        var item = items[(int)place];
        items.RemoveAt((int)place);
        return item;
    }

    private static IntegerValue IndexOf(Rendering run, Value self, Value value)
    {
        var items = Sequences.Items(run, self);
        for (var i = 0; i < items.Count; i++)
        {
            if (Comparison.Equal(run, items[i], value))
            {
                return IntegerValue.Of((long)i);
            }
        }

        throw new TemplateException($"'index' finds no such item in {self.Kind}");
    }
}

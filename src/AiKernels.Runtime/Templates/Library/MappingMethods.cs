using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Methods of mappings.</summary>
internal static class MappingMethods
{
    public static Builtin[] All { get; } =
    [
        new("get", (_, self, arguments) =>
            ((MappingValue)self).Items.GetValueOrDefault(arguments[0]!) ?? arguments[1] ?? NoneValue.Instance, "key", "default?"),
        new("items", (run, self, _) => new ViewValue("dict_items", Pairs(run, (MappingValue)self))),
        new("keys", (run, self, _) => new ViewValue("dict_keys", Sequences.Copy(run, self))),
        new("values", (run, self, _) => new ViewValue("dict_values", Values(run, (MappingValue)self))),
        new("copy", (run, self, _) => Copy(run, self)),
    ];

    /// <summary>Tuples of key and value.</summary>
    public static List<Value> Pairs(Rendering run, MappingValue mapping)
    {
        run.Step(mapping.Items.Count);
        var pairs = new List<Value>(mapping.Items.Count);
        foreach (var (key, value) in mapping.Items)
        {
            pairs.Add(new TupleValue([key, value]));
        }

        return pairs;
    }

    /// <summary>A new mapping of a mapping's items, or of pairs.</summary>
    public static MappingValue Copy(Rendering run, Value source)
    {
        if (source is UndefinedValue)
        {
            throw Described.Refusal(source, "can't be made a mapping");
        }

        var copy = new MappingValue(run);
        var pairs = source is MappingValue mapping ? Pairs(run, mapping) : Sequences.Items(run, source);
        foreach (var pair in pairs)
        {
            run.Step();
            if (Sequences.Items(run, pair) is not [var key, var value])
            {
                throw new TemplateException("a mapping is made of another one, or of pairs of key and value");
            }

            copy.Set(key, value);
        }

        return copy;
    }

    private static List<Value> Values(Rendering run, MappingValue mapping)
    {
        run.Step(mapping.Items.Count);
        return [.. mapping.Items.Values];
    }
}

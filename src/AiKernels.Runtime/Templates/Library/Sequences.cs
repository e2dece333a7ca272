using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Values one by one.</summary>
internal static class Sequences
{
    /// <summary>
    /// What a loop over the value would see: items, a mapping's keys, a string's characters; nothing of an undefined value.
    /// A list is given as it is.
    /// </summary>
    /// <exception cref="TemplateException">The value has no items.</exception>
    public static IReadOnlyList<Value> Items(Rendering run, Value value)
    {
        switch (value)
        {
            case ListValue list:
                return list.Items;
            case TupleValue tuple:
                return tuple.Items;
            case ViewValue view:
                return view.Items;
            case UndefinedValue:
                return [];
            case MappingValue mapping:
                run.Step(mapping.Items.Count);
                return mapping.Items.Keys;
            case RangeValue range:
                run.Step(range.Count);
                return [.. Enumerable.Range(0, range.Count).Select(index => range[index])];
            case StringValue text:
                return Characters(run, text);
            default:
                throw new TemplateException($"{value.Kind} has no items to go through");
        }
    }

    /// <summary>A new list of the items.</summary>
    public static List<Value> Copy(Rendering run, Value value)
    {
        var items = Items(run, value);
        run.Step(items.Count);
        return [.. items];
    }

    /// <summary>Whether the value has items.</summary>
    public static bool IsIterable(Value value) =>
        value is SequenceValue or StringValue or MappingValue or ViewValue or UndefinedValue;

    /// <summary>How many items it has.</summary>
    /// <exception cref="TemplateException">It has none.</exception>
    public static int Count(Rendering run, Value value) => value switch
    {
        StringValue text => text.Length(run),
        SequenceValue sequence => sequence.Count,
        MappingValue mapping => mapping.Items.Count,
        ViewValue view => view.Items.Count,
        UndefinedValue => 0,
        LoopValue loop => loop.Count,
        _ => throw new TemplateException($"{value.Kind} has no length"),
    };

    /// <summary>A list of strings.</summary>
    public static ListValue Strings(IEnumerable<string> texts) => new([.. texts.Select(text => new StringValue(text))]);

    private static Value[] Characters(Rendering run, StringValue text)
    {
        var characters = new Value[text.Length(run)];
        run.Step(characters.Length);
        for (var i = 0; i < characters.Length; i++)
        {
            characters[i] = text.Character(run, i);
        }

        return characters;
    }
}

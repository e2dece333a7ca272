using System.Globalization;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>
/// What is reached by <c>a.b</c> and <c>a[b]</c>: methods and attributes of a value's kind, its items, and nothing else. The
/// dot tries methods first, brackets items first.
/// </summary>
internal static class Members
{
    /// <summary><c>value.name</c>.</summary>
    /// <param name="run">The rendering.</param>
    /// <param name="value">The value.</param>
    /// <param name="name">The name.</param>
    /// <param name="methods">The methods of that name.</param>
    public static Value Attribute(Rendering run, Value value, StringValue name, Methods methods)
    {
        Check(value, name.Text);
        return Own(run, value, name.Text, methods)
            ?? (value as MappingValue)?.Items.GetValueOrDefault(name)
            ?? new UndefinedValue(name.Text, value.Kind);
    }

    /// <summary><c>value[key]</c>.</summary>
    public static Value Item(Rendering run, Value value, Value key)
    {
        if (Find(run, value, key) is { } found)
        {
            return found;
        }

        if (key is not StringValue { Text: var name })
        {
            return value is UndefinedValue ? throw Described.Refusal(value, "has no items")
                : new UndefinedValue(key is IntegerValue { Value: var place } ? string.Create(CultureInfo.InvariantCulture, $"[{place}]") : "such item", value.Kind);
        }

        Check(value, name);
        return Own(run, value, name, Methods.Named(name)) ?? new UndefinedValue(name, value.Kind);
    }

    /// <summary>A path of names and places, as filters take it in <c>attribute='a.b.0'</c>.</summary>
    public static Value Path(Rendering run, Value value, Value path)
    {
        if (path is not StringValue { Text: var names })
        {
            return Item(run, value, path);
        }

        run.Step(names.Length);
        foreach (var name in names.Split('.'))
        {
            var isPlace = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var place);
            value = Item(run, value, isPlace ? IntegerValue.Of((long)place) : new StringValue(name));
        }

        return value;
    }

    private static Value? Own(Rendering run, Value value, string name, Methods methods) =>
        methods.Of(value) is { } method ? new FunctionValue(method, value) : value.Attribute(run, name);

    private static Value? Find(Rendering run, Value value, Value key)
    {
        switch (value)
        {
            case MappingValue mapping:
                var canBeKey = key is not (ListValue or MappingValue or RangeValue or ViewValue);
                return canBeKey ? mapping.Items.GetValueOrDefault(key) : null;
            case SequenceValue or StringValue when Number.TryOf(key, out var number) && number.IsInteger:
                var count = Sequences.Count(run, value);
                var place = number.Integer < 0 ? number.Integer + count : number.Integer;
                return place < 0 || place >= count ? null
                    : value is StringValue text ? text.Character(run, (int)place)
                    : ((SequenceValue)value)[(int)place];
            default:
                return null;
        }
    }

    /// <summary>Refuses names by which Python programs reach what is behind a value, and any name of what isn't there.</summary>
    private static void Check(Value value, string name)
    {
        if (name.StartsWith("__", StringComparison.Ordinal))
        {
            throw new TemplateException($"{Quoted.Name(name)} is out of a template's reach");
        }

        if (value is UndefinedValue)
        {
            throw Described.Refusal(value, $"has no {Quoted.Name(name)}");
        }
    }
}

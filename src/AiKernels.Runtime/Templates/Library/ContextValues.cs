using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>What a host gives a template: JSON as values. Integers stay integers.</summary>
internal static class ContextValues
{
    /// <summary>The variable of a name, or null.</summary>
    /// <exception cref="TemplateException">It is no JSON that could be written: a name twice, or half a character.</exception>
    public static Value? Find(Rendering run, JsonObject context, string name)
    {
        try
        {
            return context.TryGetPropertyValue(name, out var node) ? Of(run, node) : null;
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or NotSupportedException or JsonException)
        {
            throw new TemplateException($"the context's {Quoted.Name(name)} is no valid JSON");
        }
    }

    private static Value Of(Rendering run, JsonNode? node)
    {
        run.Step();
        return PlainJson.Of(node) switch
        {
            JsonObject mapping => Mapping(run, mapping),
            JsonArray list => List(run, list),
            JsonValue value => Scalar(value),
            _ => NoneValue.Instance,
        };
    }

    private static MappingValue Mapping(Rendering run, JsonObject properties)
    {
        run.Enter();
        var mapping = new MappingValue(run, properties.Count);
        foreach (var (name, value) in properties)
        {
            mapping.Set(new StringValue(name), Of(run, value));
        }

        run.Leave();
        return mapping;
    }

    private static ListValue List(Rendering run, JsonArray items)
    {
        run.Enter();
        var list = new List<Value>(items.Count);
        foreach (var item in items)
        {
            list.Add(Of(run, item));
        }

        run.Leave();
        return new ListValue(list);
    }

    private static Value Scalar(JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                return new StringValue(value.GetValue<string>());
            case JsonValueKind.True:
                return BooleanValue.True;
            case JsonValueKind.False:
                return BooleanValue.False;
            case JsonValueKind.Number:
                return NumberOf(value);
            default:
                return NoneValue.Instance;
        }
    }

    private static Value NumberOf(JsonValue value)
    {
        // A float of a program's own, such as 1.0, would lose its point as JSON.
        if (value.TryGetValue<JsonElement>(out var element))
        {
            return Parse(element.GetRawText());
        }

        if (value.TryGetValue<double>(out var wide))
        {
            return new FloatValue(wide);
        }

        return value.TryGetValue<float>(out var narrow) ? new FloatValue(narrow) : Parse(value.ToJsonString());
    }

    private static Value Parse(string number) =>
        number.AsSpan().IndexOfAny('.', 'e', 'E') >= 0 ? new FloatValue(double.Parse(number, CultureInfo.InvariantCulture))
        : long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) ? IntegerValue.Of(integer)
        : throw new TemplateException("an integer of the context doesn't fit in 64 bits");
}

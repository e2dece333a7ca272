using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Filters of any value.</summary>
internal static class ValueFilters
{
    public static Builtin[] All { get; } =
    [
        new("default", (_, value, arguments) => value is UndefinedValue || arguments.Flag(1) && !value.IsTrue
            ? arguments[0] ?? StringValue.Empty : value, "default_value?", "boolean?"),
        new("items", Items),
        new("tojson", ToJson, "ensure_ascii?", "indent?", "separators?", "sort_keys?"),
        new("pprint", (run, value, _) => new StringValue(PythonText.Quoted(run, value))),
    ];

    private static ListValue Items(Rendering run, Value value, Value?[] arguments) => value switch
    {
        MappingValue mapping => new ListValue(MappingMethods.Pairs(run, mapping)),
        UndefinedValue => new ListValue([]),
        _ => throw Described.Refusal(value, "has no items of keys and values"),
    };

    private static StringValue ToJson(Rendering run, Value value, Value?[] arguments)
    {
        var indent = arguments[1] switch
        {
            null or NoneValue => null,
            StringValue own => own.Text,
            var width => Blanks(run, Number.SmallOf(width, "an indent")),
        };
        var separators = arguments[2] switch
        {
            null or NoneValue => (indent is null ? ", " : ",", ": "),
            SequenceValue { Count: 2 } pair when pair[0] is StringValue item && pair[1] is StringValue key => (item.Text, key.Text),
            _ => throw new TemplateException("the separators of 'tojson' have to be two strings"),
        };
        return new StringValue(JsonText.Of(run, value, arguments.Flag(0), indent, separators, arguments.Flag(3)));
    }

    private static string Blanks(Rendering run, int count)
    {
        run.Make(count);
        return new string(' ', Math.Max(0, count));
    }
}

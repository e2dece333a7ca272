using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Filters that apply a filter or a test to each item.</summary>
internal static class SelectionFilters
{
    public static Builtin[] All { get; } =
    [
        Builtin.Open("map", Map),
        Builtin.Open("select", (run, value, arguments) => Select(run, value, arguments, keeps: true, ofAttribute: false)),
        Builtin.Open("reject", (run, value, arguments) => Select(run, value, arguments, keeps: false, ofAttribute: false)),
        Builtin.Open("selectattr", (run, value, arguments) => Select(run, value, arguments, keeps: true, ofAttribute: true)),
        Builtin.Open("rejectattr", (run, value, arguments) => Select(run, value, arguments, keeps: false, ofAttribute: true)),
        new("attr", (run, value, arguments) => arguments.Text(0, "an attribute") is var name
            ? Attribute(run, value, name) : UndefinedValue.Nothing, "name"),
    ];

    // Unlike the dot, the filter sees no items.
    private static Value Attribute(Rendering run, Value value, string name)
    {
        var found = Members.Attribute(run, value, new StringValue(name), Methods.Named(name));
        return value is MappingValue && found is not FunctionValue ? new UndefinedValue(name, value.Kind) : found;
    }

    private static ListValue Map(Rendering run, Value value, Arguments arguments)
    {
        var apply = arguments.Find("attribute") is { } path
            ? AttributeOf(run, path, arguments)
            : FilterOf(run, arguments);
        List<Value> mapped = [];
        foreach (var item in Items(run, value))
        {
            run.Step();
            mapped.Add(apply(item));
        }

        return new ListValue(mapped);
    }

    // What counts as false has no items for these filters, even if it isn't iterable: none, for instance.
    private static IReadOnlyList<Value> Items(Rendering run, Value value) => value.IsTrue ? Sequences.Items(run, value) : [];

    private static Func<Value, Value> AttributeOf(Rendering run, Value path, Arguments arguments)
    {
        var missing = arguments.Find("default");
        if (arguments.Positional.Length != 0 || arguments.Named.Length != (missing is null ? 1 : 2))
        {
            throw new TemplateException("'map' with an attribute takes nothing else but a default");
        }

        return item => Members.Path(run, item, path) is var found && found is UndefinedValue && missing is not null ? missing : found;
    }

    private static Func<Value, Value> FilterOf(Rendering run, Arguments arguments)
    {
        if (arguments.Positional is not [StringValue { Text: var name }, ..])
        {
            throw new TemplateException("'map' needs the name of a filter, or an attribute");
        }

        var filter = Filters.Find(name) ?? throw new TemplateException($"there is no filter {Quoted.Name(name)}");
        var rest = arguments.Skip(1);
        return item => filter.Invoke(run, item, rest);
    }

    private static ListValue Select(Rendering run, Value value, Arguments arguments, bool keeps, bool ofAttribute)
    {
        var path = !ofAttribute ? null
            : arguments.Positional is [var first, ..] ? first
            : throw new TemplateException("an attribute to select by is missing");
        var passes = TestOf(run, ofAttribute ? arguments.Skip(1) : arguments);
        List<Value> selected = [];
        foreach (var item in Items(run, value))
        {
            run.Step();
            if (passes(SequenceFilters.Part(run, item, path)) == keeps)
            {
                selected.Add(item);
            }
        }

        return new ListValue(selected);
    }

    private static Predicate<Value> TestOf(Rendering run, Arguments arguments)
    {
        if (arguments.Positional.Length == 0)
        {
            return item => item.IsTrue;
        }

        var name = arguments.Positional[0] as StringValue ?? throw new TemplateException("the name of a test has to be a string");
        var test = Tests.Find(name.Text) ?? throw new TemplateException($"there is no test {Quoted.Name(name.Text)}");
        var rest = arguments.Skip(1);
        return item => test.Invoke(run, item, rest).IsTrue;
    }
}

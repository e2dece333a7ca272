using System.Collections.Frozen;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>The functions that every template has.</summary>
internal static class Globals
{
    private const int LongestMessage = 1000;
    private const int LongestRange = 100_000; // As in Jinja's sandbox.

    private static readonly FrozenDictionary<string, Value> ByName = new Builtin[]
    {
        new("raise_exception", (run, _, arguments) => throw new TemplateException(Shortened(PythonText.Of(run, arguments[0]!))), "message"),
        new("strftime_now", (run, _, arguments) =>
            new StringValue(Strftime.Format(run, arguments.Text(0, "a format"), run.Clock.GetLocalNow())), "format"),
        new("range", (_, _, arguments) => Range(arguments), "start", "stop?", "step?"),
        Builtin.Open("namespace", (run, _, arguments) => Namespace(run, arguments)),
        Builtin.Open("dict", (run, _, arguments) => Mapping(run, arguments)),
        Builtin.Open("cycler", (_, _, arguments) => new CyclerValue(arguments is { Positional.Length: > 0, Named.Length: 0 }
            ? arguments.Positional : throw new TemplateException("'cycler' needs values to go through"))),
        new("joiner", (_, _, arguments) => new JoinerValue(arguments[0] ?? new StringValue(", ")), "sep?"),
    }.ToFrozenDictionary(function => function.Name, Value (function) => new FunctionValue(function, NoneValue.Instance));

    /// <summary>The function of a name, or null.</summary>
    public static Value? Find(string name) => ByName.GetValueOrDefault(name);

    private static string Shortened(string message) =>
        message.Length <= LongestMessage ? message : $"{message.AsSpan(0, LongestMessage)}...";

    private static RangeValue Range(Value?[] arguments)
    {
        var first = Bound(arguments[0]!);
        var (start, stop) = arguments[1] is { } end ? (first, Bound(end)) : (0, first);
        var step = arguments[2] is { } given ? Bound(given) : 1;
        if (step == 0)
        {
            throw new TemplateException("the step of a range can't be 0");
        }

        var distance = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        var count = distance <= 0 ? 0 : ((distance - 1) / Int128.Abs(step)) + 1;
        return count <= LongestRange
            ? new RangeValue(start, step, (int)count) { Stop = stop }
            : throw new TemplateException($"a range has more than the {LongestRange} items that are allowed");
    }

    private static long Bound(Value value) => Number.IntegerOf(value, "a bound of a range");

    private static NamespaceValue Namespace(Rendering run, Arguments arguments)
    {
        var names = new NamespaceValue(run);
        foreach (var (key, value) in Mapping(run, arguments).Items)
        {
            var name = key as StringValue ?? throw new TemplateException("the names in a namespace have to be strings");
            names.Items[name.Text] = value;
        }

        return names;
    }

    private static MappingValue Mapping(Rendering run, Arguments arguments)
    {
        var mapping = arguments.Positional switch
        {
            [] => new MappingValue(run),
            [var source] => MappingMethods.Copy(run, source),
            _ => throw new TemplateException("a mapping is made of one other, and of values by name"),
        };
        foreach (var (name, value) in arguments.Named)
        {
            mapping.Set(new StringValue(name), value);
        }

        return mapping;
    }
}

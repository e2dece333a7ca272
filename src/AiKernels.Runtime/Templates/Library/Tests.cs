using System.Collections.Frozen;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>The tests by name: what stands behind <c>is</c>.</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, Builtin> ByName = Collect();

    public static Builtin? Find(string name) => ByName.GetValueOrDefault(name);

    private static FrozenDictionary<string, Builtin> Collect()
    {
        Builtin[] all =
        [
            Kind("defined", value => value is not UndefinedValue),
            Kind("undefined", value => value is UndefinedValue),
            Kind("none", value => value is NoneValue),
            Kind("boolean", value => value is BooleanValue),
            Kind("true", value => value == BooleanValue.True),
            Kind("false", value => value == BooleanValue.False),
            Kind("integer", value => value is IntegerValue),
            Kind("float", value => value is FloatValue),
            Kind("number", value => value is IntegerValue or FloatValue or BooleanValue),
            Kind("string", value => value is StringValue),
            Kind("mapping", value => value is MappingValue),
            Kind("sequence", value => value is SequenceValue or StringValue or MappingValue or UndefinedValue),
            Kind("iterable", Sequences.IsIterable),
            Kind("callable", value => value is CallableValue or UndefinedValue),
            Kind("escaped", value => value is StringValue { IsSafe: true }),
            new("filter", (_, value, _) => BooleanValue.Of(value is StringValue name && Filters.Find(name.Text) is not null)),
            new("test", (_, value, _) => BooleanValue.Of(value is StringValue name && Find(name.Text) is not null)),
            new("lower", (run, value, _) => BooleanValue.Of(StringQueries.IsLower(TextFilters.Text(run, value)))),
            new("upper", (run, value, _) => BooleanValue.Of(StringQueries.IsUpper(TextFilters.Text(run, value)))),
            new("odd", (run, value, _) => BooleanValue.Of(Remainder(run, value, 2) == 1)),
            new("even", (run, value, _) => BooleanValue.Of(Remainder(run, value, 2) == 0)),
            new("divisibleby", (run, value, arguments) => BooleanValue.Of(
                Number.TryOf(Arithmetic.Modulo(run, Numeric(value), arguments[0]!), out var rest) && rest.Float == 0), "num"),
            new("in", (run, value, arguments) => BooleanValue.Of(Comparison.Contains(run, arguments[0]!, value)), "seq"),
            new("sameas", (run, value, arguments) => BooleanValue.Of(Comparison.Same(run, value, arguments[0]!)), "other"),
            Relation("eq", (run, a, b) => Comparison.Equal(run, a, b)),
            Relation("ne", (run, a, b) => !Comparison.Equal(run, a, b)),
            Relation("lt", (run, a, b) => Comparison.Compare(run, a, b) < 0),
            Relation("le", (run, a, b) => Comparison.Compare(run, a, b) <= 0),
            Relation("gt", (run, a, b) => Comparison.Compare(run, a, b) > 0),
            Relation("ge", (run, a, b) => Comparison.Compare(run, a, b) >= 0),
        ];
        var byName = all.ToDictionary(test => test.Name);
        (string Alias, string Name)[] aliases =
        [
            ("equalto", "eq"), ("==", "eq"), ("!=", "ne"), ("lessthan", "lt"), ("<", "lt"), ("<=", "le"),
            ("greaterthan", "gt"), (">", "gt"), (">=", "ge"),
        ];
        foreach (var (alias, name) in aliases)
        {
            byName.Add(alias, byName[name]);
        }

        return byName.ToFrozenDictionary();
    }

    private static Builtin Kind(string name, Predicate<Value> test) => new(name, (_, value, _) => BooleanValue.Of(test(value)));

    private static Builtin Relation(string name, Func<Rendering, Value, Value, bool> holds) =>
        new(name, (run, value, arguments) => BooleanValue.Of(holds(run, value, arguments[0]!)), "other");

    private static double? Remainder(Rendering run, Value value, long divisor) =>
        Number.TryOf(Arithmetic.Modulo(run, Numeric(value), IntegerValue.Of(divisor)), out var rest) ? rest.Float : null;

    // A string would be taken for a format.
    private static Value Numeric(Value value) => value is StringValue ? throw new TemplateException("a string is no number") : value;
}

using System.Text.Json;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>What schemas say of numbers.</summary>
/// <remarks>
/// Numbers have at most 18 digits before the point, as many behind it, and three in the exponent: a model that never ends a
/// number ends there, and integers fit in 64 bits. Integers have no exponent, and neither have numbers that a schema compares
/// or wants multiples of, or that must not be something.
/// </remarks>
internal sealed class NumberSchema : ScalarSchema
{
    private const int MostDigits = 18, MostExponentDigits = 3;

    private readonly DecimalRanges _ranges;
    private readonly Expression _integers;

    public NumberSchema(ExpressionStore store, SchemaDocument document, bool plainIntegers)
        : base(store, document)
    {
        _ranges = new DecimalRanges(store);
        var whole = JsonNumber.Whole(store, MostDigits);
        Universe = JsonNumber.Of(store, MostDigits, MostExponentDigits);
        var noFraction = store.Sequence(store.Literal("."u8), store.Repeat(store.Literal("0"u8), 1, MostDigits));
        _integers = plainIntegers ? whole : store.Sequence(whole, store.Optional(noFraction));
        Comparable = store.Both(_ranges.Any(isShort: plainIntegers), Universe);
    }

    protected override Expression Universe { get; }

    protected override Expression Comparable { get; }

    protected override Expression? OfType(string type) => type switch
    {
        "number" => Universe,
        "integer" => _integers,
        _ => null,
    };

    protected override Expression? OfConstant(JsonElement value) =>
        value.ValueKind != JsonValueKind.Number ? null
        : DecimalText.Of(value) is { } number ? _ranges.Equal(number)
        : Store.Literal(System.Text.Encoding.ASCII.GetBytes(value.GetRawText()));

    protected override IEnumerable<Expression> OfKeywords(SchemaNode node)
    {
        var said = Compared(node).ToArray();
        return said.Length == 0 ? said : said.Append(Universe);
    }

    private IEnumerable<Expression> Compared(SchemaNode node)
    {
        // Draft 4 has bounds whose exclusion is a keyword of its own.
        if (Number(node, "minimum") is { } minimum)
        {
            yield return _ranges.Above(minimum, isIncluded: node["exclusiveMinimum"] is not { ValueKind: JsonValueKind.True });
        }

        if (Number(node, "maximum") is { } maximum)
        {
            yield return _ranges.Below(maximum, isIncluded: node["exclusiveMaximum"] is not { ValueKind: JsonValueKind.True });
        }

        if (Number(node, "exclusiveMinimum") is { } above)
        {
            yield return _ranges.Above(above, isIncluded: false);
        }

        if (Number(node, "exclusiveMaximum") is { } below)
        {
            yield return _ranges.Below(below, isIncluded: false);
        }

        if (Number(node, "multipleOf") is { } divisor)
        {
            yield return MultiplesAutomaton.Of(divisor) is { } multiples
                ? Store.Automaton(multiples, MultiplesAutomaton.Start)
                : throw node.Fault("has a multipleOf that is no positive number, or has too many digits");
        }
    }

    private static DecimalText? Number(SchemaNode node, string keyword) =>
        node[keyword] is not { } said || (keyword[0] == 'e' && said.ValueKind is JsonValueKind.True or JsonValueKind.False) ? null
        : said.ValueKind == JsonValueKind.Number && DecimalText.Of(said) is { } number ? number
        : throw node.Fault($"has a {keyword} that is no number, or has too many digits");
}

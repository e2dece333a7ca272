using System.Numerics;
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
    private readonly bool _plainIntegers;

    public NumberSchema(ExpressionStore store, SchemaDocument document, bool plainIntegers)
        : base(store, document)
    {
        (_ranges, _plainIntegers) = (new DecimalRanges(store), plainIntegers);
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

    // Multiples are made of whole numbers where only these are asked for.
    protected override bool KeywordsImplyTypes(SchemaNode node) => node["multipleOf"] is not null && SchemaTypes.Of(node) is ["integer"];

    protected override IEnumerable<Expression> OfKeywords(SchemaNode node)
    {
        var (least, most) = (Bound(node, "minimum", "exclusiveMinimum", (a, b) => a >= b), Bound(node, "maximum", "exclusiveMaximum", (a, b) => a <= b));
        if (Number(node, "multipleOf") is { } divisor)
        {
            if (divisor.IsZero || divisor.IsNegative)
            {
                throw node.Fault("has a multipleOf that is no positive number");
            }

            var isInteger = SchemaTypes.Of(node) is ["integer"];
            divisor = isInteger ? divisor.WholeMultiple : divisor;

            yield return Store.Automaton(new BoundedMultiples(divisor, least, most, MostDigits, !isInteger || !_plainIntegers), BoundedMultiples.Start);
            yield break;
        }

        if (least is not null)
        {
            yield return _ranges.Above(least.Value, least.IsIncluded);
        }

        if (most is not null)
        {
            yield return _ranges.Below(most.Value, most.IsIncluded);
        }
    }

    /// <summary>The tighter of two bounds. Draft 4 has bounds whose exclusion is a keyword of its own.</summary>
    private static DecimalBound? Bound(SchemaNode node, string keyword, string exclusive, Func<BigInteger, BigInteger, bool> isTighter)
    {
        var bound = Number(node, keyword) is { } number ? new DecimalBound(number, node[exclusive] is not { ValueKind: JsonValueKind.True }) : null;
        var other = Number(node, exclusive) is { } excluded ? new DecimalBound(excluded, false) : null;
        return bound is null || other is null ? bound ?? other
            : isTighter(other.Value.InUnits(Places(bound, other)), bound.Value.InUnits(Places(bound, other))) ? other : bound;
    }

    private static int Places(DecimalBound one, DecimalBound other) => Math.Max(one.Value.Fraction.Length, other.Value.Fraction.Length);

    private static DecimalText? Number(SchemaNode node, string keyword) =>
        node[keyword] is not { } said || (keyword[0] == 'e' && said.ValueKind is JsonValueKind.True or JsonValueKind.False) ? null
        : said.ValueKind == JsonValueKind.Number && DecimalText.Of(said) is { } number ? number
        : throw node.Fault($"has a {keyword} that is no number, or has too many digits");
}

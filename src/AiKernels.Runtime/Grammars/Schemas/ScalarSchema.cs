using System.Text.Json;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>
/// What schemas say of values of a kind that are no arrays or objects, as an expression of their text. Such texts are regular,
/// so that and, or and not of schemas are those of expressions.
/// </summary>
internal abstract class ScalarSchema(ExpressionStore store, SchemaDocument document)
{
    // How far schemas may lead to others without a value between: each takes some of the thread's stack.
    private const int MostReferences = 256;

    private readonly Dictionary<SchemaNode, Expression?> _known = [];
    private int _depth;

    protected ExpressionStore Store => store;

    /// <summary>All values of the kind.</summary>
    protected abstract Expression Universe { get; }

    /// <summary>
    /// The values of which it can be said whether they are among others: those that are written in one way only, or in each way
    /// that the others have, too.
    /// </summary>
    protected virtual Expression Comparable => Universe;

    /// <summary>The values that a schema takes.</summary>
    public Expression Of(SchemaNode node)
    {
        if (node.Always is { } always)
        {
            return always ? Universe : store.Nothing;
        }

        if (!_known.TryGetValue(node, out var known))
        {
            _known[node] = null;
            _depth = _depth < MostReferences ? _depth + 1 : throw node.Fault($"is more than {MostReferences} references or alternatives deep");
            _known[node] = known = Compile(node);
            _depth--;
        }

        // A schema that says of itself what it says of itself says nothing.
        return known ?? Universe;
    }

    /// <summary>The values that fulfil all of some literals.</summary>
    public Expression Of(IEnumerable<SchemaLiteral> literals) =>
        Join([.. literals.Select(literal => literal.Holds ? Of(literal.Node) : Not(Of(literal.Node)))]);

    // All that follow are among those of the kind.

    /// <summary>The values of a type that a schema names; null if none is of this kind.</summary>
    protected abstract Expression? OfType(string type);

    /// <summary>One value; null if it is of another kind.</summary>
    protected abstract Expression? OfConstant(JsonElement value);

    /// <summary>What keywords for this kind alone say.</summary>
    protected abstract IEnumerable<Expression> OfKeywords(SchemaNode node);

    private Expression Compile(SchemaNode node) =>
        Join([.. Types(node), .. Constants(node), .. Applied(node), .. OfKeywords(node)]);

    private Expression Join(IEnumerable<Expression> parts)
    {
        Expression[] narrower = [.. parts.Where(part => part != Universe)];
        return narrower.Length == 0 ? Universe : store.Both(narrower);
    }

    private Expression Not(Expression values) =>
        values == Universe ? store.Nothing : values.IsNothing ? Universe : store.Both(Comparable, store.Not(values));

    /// <summary>Whether what <see cref="OfKeywords"/> gives is of the node's types already.</summary>
    protected virtual bool KeywordsImplyTypes(SchemaNode node) => false;

    private IEnumerable<Expression> Types(SchemaNode node)
    {
        if (SchemaTypes.Of(node) is { } types && !KeywordsImplyTypes(node))
        {
            yield return store.Choice([.. types.Select(OfType).OfType<Expression>()]);
        }
    }

    private IEnumerable<Expression> Constants(SchemaNode node)
    {
        if (node["const"] is { } constant)
        {
            yield return OfConstant(constant) ?? store.Nothing;
        }

        if (node["enum"] is { } list)
        {
            yield return list.ValueKind == JsonValueKind.Array
                ? store.Choice([.. list.EnumerateArray().Select(OfConstant).OfType<Expression>()])
                : throw node.Fault("has an enum that is no list");
        }
    }

    private IEnumerable<Expression> Applied(SchemaNode node)
    {
        if (node["$ref"] is { ValueKind: JsonValueKind.String } reference)
        {
            yield return Of(document.Resolve(node, reference.GetString()!));
        }

        foreach (var all in document.List(node, "allOf"))
        {
            yield return Of(all);
        }

        if (document.List(node, "anyOf") is { Count: > 0 } any)
        {
            yield return store.Choice([.. any.Select(Of)]);
        }

        if (document.List(node, "oneOf") is { Count: > 0 } one)
        {
            yield return ExactlyOne([.. one.Select(Of)]);
        }

        if (document.Child(node, "not") is { } not)
        {
            yield return Not(Of(not));
        }

        if (document.Child(node, "if") is { } condition)
        {
            var (holds, then, otherwise) = (Of(condition), document.Child(node, "then"), document.Child(node, "else"));
            yield return store.Choice(
                store.Both(holds, then is null ? Universe : Of(then)),
                store.Both(Not(holds), otherwise is null ? Universe : Of(otherwise)));
        }
    }

    private Expression ExactlyOne(Expression[] alternatives)
    {
        // Once at least, but for what is there twice.
        var (once, twice) = (store.Nothing, store.Nothing);
        foreach (var alternative in alternatives)
        {
            twice = store.Choice(twice, store.Both(once, alternative));
            once = store.Choice(once, alternative);
        }

        return twice.IsNothing ? once : store.Both(once, Not(twice));
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>
/// Finds all ways in which values of one type, arrays or objects, fulfil several schemas: schemas that offer alternatives,
/// or must not hold, are taken apart until only keywords of that type are left.
/// </summary>
/// <typeparam name="TClause">What is said of the type.</typeparam>
internal abstract class ClauseSearch<TClause>(SchemaDocument document, WorkBudget work, string type)
    where TClause : Clause, new()
{
    private const int MostClauses = 256, MostSteps = 1 << 16, MostDepth = 512, MostReferences = 32;

    private readonly List<TClause> _found = [];
    private Conjunction? _searched;
    private int _steps;

    /// <summary>One of the ways to fulfil something: more literals, and a change to the clause.</summary>
    protected readonly record struct Way(IReadOnlyList<SchemaLiteral> Literals, Action<TClause>? Change = null)
    {
        public Way(Action<TClause> change)
            : this([], change)
        {
        }
    }

    protected SchemaDocument Document => document;

    /// <summary>All ways to fulfil a conjunction.</summary>
    /// <exception cref="GrammarException">They are too many.</exception>
    public IReadOnlyList<TClause> Find(Conjunction conjunction)
    {
        _found.Clear();
        (_steps, _searched) = (0, conjunction);
        Search([.. conjunction.Literals], [], [], [], new TClause(), depth: 0);
        return [.. _found];
    }

    /// <summary>What keywords for this type say: each has to be fulfilled in one of its ways.</summary>
    protected abstract IEnumerable<Way[]> Fulfil(SchemaNode node);

    /// <summary>The ways not to fulfil keywords for this type.</summary>
    protected abstract IEnumerable<Way> Violate(SchemaNode node);

    /// <summary>Whether nothing can fulfil a clause, as far as it shows.</summary>
    protected virtual bool IsContradiction(TClause clause) => clause.IsContradiction;

    /// <summary>Whether nothing that fulfils a clause fulfils keywords for this type, as far as it shows.</summary>
    protected virtual bool Excludes(TClause clause, SchemaNode node) => false;

    private static Way[] Never => [];

    private static Way Yes(params IReadOnlyList<SchemaNode> nodes) => new([.. nodes.Select(node => new SchemaLiteral(node, true))]);

    private static Way No(params IReadOnlyList<SchemaNode> nodes) => new([.. nodes.Select(node => new SchemaLiteral(node, false))]);

    /// <param name="literals">What has to be taken apart.</param>
    /// <param name="open">What has to be fulfilled in one of several ways.</param>
    /// <param name="denied">What must not be fulfilled: it comes last, since most often the rest excludes it.</param>
    /// <param name="done">What was taken apart.</param>
    /// <param name="clause">What came of it.</param>
    /// <param name="depth">How many ways were chosen.</param>
    private void Search(
        ImmutableStack<SchemaLiteral> literals,
        ImmutableStack<Way[]> open,
        ImmutableStack<SchemaNode> denied,
        ImmutableHashSet<SchemaLiteral> done,
        TClause clause,
        int depth)
    {
        work.Spend(WorkBudget.OfExpression);
        if (++_steps > MostSteps || _found.Count > MostClauses || depth > MostDepth)
        {
            throw _searched!.Literals[0].Node.Fault("combines alternatives in too many ways");
        }

        if (!Close(literals, ref open, ref denied, ref done, clause))
        {
            return;
        }

        if (Next(ref open, ref denied, clause) is not { } next)
        {
            _found.Add(clause);
            return;
        }

        foreach (var way in next)
        {
            var changed = (TClause)clause.Copy();
            way.Change?.Invoke(changed);
            if (!IsContradiction(changed))
            {
                Search([.. way.Literals], open, denied, done, changed, depth + 1);
            }
        }
    }

    /// <summary>The ways of what comes next; null if nothing is left.</summary>
    private Way[]? Next(ref ImmutableStack<Way[]> open, ref ImmutableStack<SchemaNode> denied, TClause clause)
    {
        if (!open.IsEmpty)
        {
            open = open.Pop(out var ways);
            return ways;
        }

        while (!denied.IsEmpty)
        {
            denied = denied.Pop(out var node);
            if (!IsExcluded(clause, node, 0))
            {
                return Violations(node);
            }
        }

        return null;
    }

    /// <summary>Takes all literals apart, and goes the only way where there is one; false if there is none.</summary>
    private bool Close(
        ImmutableStack<SchemaLiteral> literals,
        ref ImmutableStack<Way[]> open,
        ref ImmutableStack<SchemaNode> denied,
        ref ImmutableHashSet<SchemaLiteral> done,
        TClause clause)
    {
        while (!literals.IsEmpty)
        {
            literals = literals.Pop(out var literal);
            if (done.Contains(literal.Negated))
            {
                return false;
            }

            foreach (var ways in done.Contains(literal) ? [] : Ways(literal))
            {
                if (ways is not [var only])
                {
                    (open, denied) = literal.Holds || ways.Length == 0 ? (open.Push(ways), denied) : (open, denied.Push(literal.Node));
                    continue;
                }

                only.Change?.Invoke(clause);
                foreach (var more in only.Literals)
                {
                    literals = literals.Push(more);
                }
            }

            done = done.Add(literal);
        }

        return !IsContradiction(clause);
    }

    /// <summary>Whether nothing that fulfils a clause fulfils a schema, as far as it shows.</summary>
    private bool IsExcluded(TClause clause, SchemaNode node, int depth) =>
        depth < MostReferences
        && (node.Always == false
            || (node.Always is null
                && (!SchemaTypes.Includes(node, type)
                    || Constants(node).Any(constants => constants.All(constant => Excludes(clause, constant)))
                    || Excludes(clause, node)
                    || All(node).Any(all => IsExcluded(clause, all, depth + 1))
                    || Alternatives(node).Any(list => list.All(one => IsExcluded(clause, one, depth + 1))))));

    private IEnumerable<IReadOnlyList<SchemaNode>> Alternatives(SchemaNode node) =>
        new[] { document.List(node, "anyOf"), document.List(node, "oneOf") }.Where(list => list.Count > 0);

    /// <summary>What a literal asks for: each has to be fulfilled in one of its ways.</summary>
    private IEnumerable<Way[]> Ways(SchemaLiteral literal) =>
        literal.Node.Always is { } always ? (always == literal.Holds ? [] : [Never])
        : literal.Holds ? Fulfilled(literal.Node).Concat(Fulfil(literal.Node))
        : [Violations(literal.Node)];

    private Way[] Violations(SchemaNode node) => [.. Violated(node), .. Violate(node)];

    private IEnumerable<Way[]> Fulfilled(SchemaNode node)
    {
        if (!SchemaTypes.Includes(node, type))
        {
            yield return Never;
        }

        foreach (var constants in Constants(node))
        {
            yield return [.. constants.Select(constant => Yes(constant))];
        }

        foreach (var all in All(node))
        {
            yield return [Yes(all)];
        }

        if (document.List(node, "anyOf") is { Count: > 0 } any)
        {
            yield return [.. any.Select(one => Yes(one))];
        }

        if (document.List(node, "oneOf") is { Count: > 0 } alternatives)
        {
            yield return [.. alternatives.Select(one => Only(one, alternatives))];
        }

        if (document.Child(node, "not") is { } not)
        {
            yield return [No(not)];
        }

        if (document.Child(node, "if") is { } condition)
        {
            yield return
            [
                new([new(condition, true), .. Then(node, "then", true)]),
                new([new(condition, false), .. Then(node, "else", true)]),
            ];
        }
    }

    private IEnumerable<Way> Violated(SchemaNode node)
    {
        if (!SchemaTypes.Includes(node, type))
        {
            yield return new([]);
        }

        foreach (var constants in Constants(node))
        {
            yield return No([.. constants]);
        }

        foreach (var all in All(node))
        {
            yield return No(all);
        }

        if (document.List(node, "anyOf") is { Count: > 0 } any)
        {
            yield return No(any);
        }

        if (document.List(node, "oneOf") is { Count: > 0 } alternatives)
        {
            yield return No(alternatives);
            foreach (var (first, second) in Pairs(alternatives))
            {
                yield return Yes(first, second);
            }
        }

        if (document.Child(node, "not") is { } not)
        {
            yield return Yes(not);
        }

        if (document.Child(node, "if") is { } condition)
        {
            foreach (var (keyword, holds) in new[] { ("then", true), ("else", false) })
            {
                if (document.Child(node, keyword) is { } child)
                {
                    yield return new([new(condition, holds), new(child, false)]);
                }
            }
        }
    }

    private IEnumerable<SchemaLiteral> Then(SchemaNode node, string keyword, bool holds) =>
        document.Child(node, keyword) is { } child ? [new(child, holds)] : [];

    /// <summary>One alternative and no other.</summary>
    private static Way Only(SchemaNode one, IReadOnlyList<SchemaNode> alternatives) =>
        new([new(one, true), .. alternatives.Where(other => other != one).Select(other => new SchemaLiteral(other, false))]);

    private static IEnumerable<(SchemaNode First, SchemaNode Second)> Pairs(IReadOnlyList<SchemaNode> nodes) =>
        nodes.SelectMany((first, i) => nodes.Skip(i + 1).Select(second => (first, second)));

    private IEnumerable<SchemaNode> All(SchemaNode node)
    {
        if (node["$ref"] is { ValueKind: JsonValueKind.String } reference)
        {
            yield return document.Resolve(node, reference.GetString()!);
        }

        foreach (var all in document.List(node, "allOf"))
        {
            yield return all;
        }
    }

    /// <summary>The constants of this type that a schema lists, a list for each keyword.</summary>
    private IEnumerable<SchemaNode[]> Constants(SchemaNode node)
    {
        if (node["const"] is { } constant)
        {
            yield return OfType([constant]);
        }

        if (node["enum"] is { ValueKind: JsonValueKind.Array } list)
        {
            yield return OfType(list.EnumerateArray());
        }
    }

    private SchemaNode[] OfType(IEnumerable<JsonElement> values)
    {
        var kind = type == "array" ? JsonValueKind.Array : JsonValueKind.Object;
        return [.. values.Where(value => value.ValueKind == kind).Select(document.Constant)];
    }
}

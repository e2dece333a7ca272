namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>One, then another; the first is no sequence.</summary>
internal sealed class Sequence(ExpressionStore store, int id, Expression first, Expression rest) : Expression(store, id)
{
    public Expression First => first;

    public Expression Rest => rest;

    public override bool IsNullable { get; } = first.IsNullable && rest.IsNullable;

    public override bool IsRegular { get; } = first.IsRegular && rest.IsRegular;

    public override bool EndsUniqueItem { get; } = first.EndsUniqueItem || (first.IsNullable && rest.EndsUniqueItem);

    public override bool BeginsJson { get; } = first.BeginsJson || (first.IsNullable && rest.BeginsJson);

    public override bool HasWideLoop { get; } = first.HasWideLoop || rest.HasWideLoop;

    public override int Depth { get; } = 1 + Math.Max(first.Depth, first.IsNullable ? rest.Depth : 0);

    public override ByteSet FirstBytes => first.IsNullable ? first.FirstBytes | rest.FirstBytes : first.FirstBytes;

    public override Expression Relax(int bytes)
    {
        // What stands behind so many items isn't reached, but for items that may be empty, which are few. Alternatives behind items
        // are left as they are: what follows them is the same for all, and would be walked once for each way through them.
        List<Expression> items = [];
        Expression last = this;
        for (; last is Sequence sequence && items.Count < bytes; last = sequence.Rest)
        {
            items.Add(sequence.First.Relax(bytes));
        }

        return Store.Sequence([.. items, last is Repetition ? last.Relax(bytes) : last]);
    }

    public override void Divide(ByteClasses classes)
    {
        first.Divide(classes);
        if (first.IsNullable)
        {
            rest.Divide(classes);
        }
    }

    internal override Expression Derive(int symbol)
    {
        var after = Store.Sequence(first.AfterSymbol(symbol), rest);
        return first.IsNullable ? Store.Choice(after, rest.AfterSymbol(symbol)) : after;
    }

    internal override IEnumerable<HeadCall> FindHeadCalls()
    {
        foreach (var call in first.HeadCalls.ToArray())
        {
            yield return call with { Rest = Store.Sequence(call.Rest, rest) };
        }

        foreach (var call in first.IsNullable ? rest.HeadCalls.ToArray() : [])
        {
            yield return call;
        }
    }

    internal override IEnumerable<TokenLiteral> FirstTokens() =>
        first.IsNullable ? first.FirstTokens().Concat(rest.FirstTokens()) : first.FirstTokens();
}

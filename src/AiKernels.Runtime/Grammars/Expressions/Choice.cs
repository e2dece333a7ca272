namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>Any of some.</summary>
internal sealed class Choice(ExpressionStore store, int id, Expression[] items) : Expression(store, id)
{
    private ByteSet? _firstBytes;

    public IReadOnlyList<Expression> Items => items;

    public override bool IsNullable { get; } = items.Any(item => item.IsNullable);

    public override bool IsRegular { get; } = items.All(item => item.IsRegular);

    public override bool EndsUniqueItem { get; } = items.Any(item => item.EndsUniqueItem);

    public override bool BeginsJson { get; } = items.Any(item => item.BeginsJson);

    public override bool HasWideLoop { get; } = items.Any(item => item.HasWideLoop);

    public override int Depth { get; } = 1 + items.Max(item => item.Depth);

    public override ByteSet FirstBytes => _firstBytes ??= items.Aggregate(default(ByteSet), (set, item) => set | item.FirstBytes);

    public override Expression Relax(int bytes) => Store.Choice(Array.ConvertAll(items, item => item.Relax(bytes)));

    public override void Divide(ByteClasses classes)
    {
        foreach (var item in classes.Meets(this) ? items : [])
        {
            item.Divide(classes);
        }
    }

    internal override Expression Derive(int symbol) => Store.Choice(Array.ConvertAll(items, item => item.AfterSymbol(symbol)));

    internal override IEnumerable<HeadCall> FindHeadCalls() => items.SelectMany(item => item.HeadCalls.ToArray());

    internal override IEnumerable<TokenLiteral> FirstTokens() => items.SelectMany(item => item.FirstTokens());
}

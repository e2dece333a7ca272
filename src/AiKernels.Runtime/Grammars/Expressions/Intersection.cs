namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>What belongs to all of some regular expressions.</summary>
internal sealed class Intersection(ExpressionStore store, int id, Expression[] items) : Expression(store, id), IPerhapsEmpty
{
    public IReadOnlyList<Expression> Items => items;

    public override bool IsNullable { get; } = items.All(item => item.IsNullable);

    public override bool IsRegular => true;

    public override bool HasWideLoop { get; } = items.Any(item => item.HasWideLoop);

    public override int Depth { get; } = 1 + items.Max(item => item.Depth);

    public override ByteSet FirstBytes => items.Aggregate(ByteSet.All, (set, item) => set & item.FirstBytes);

    public override Expression Relax(int bytes) => Store.BothUnchecked(Array.ConvertAll(items, item => item.Relax(bytes)));

    public override void Divide(ByteClasses classes)
    {
        foreach (var item in items)
        {
            item.Divide(classes);
        }
    }

    public Expression DeriveUnchecked(byte value) => Store.BothUnchecked(Array.ConvertAll(items, item => item.After(value)));

    internal override Expression Derive(int symbol) =>
        symbol < FirstToken ? Store.Alive(DeriveUnchecked((byte)symbol)) : Store.Nothing;
}

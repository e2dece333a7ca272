namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>What doesn't belong to a regular expression.</summary>
internal sealed class Complement(ExpressionStore store, int id, Expression item) : Expression(store, id), IPerhapsEmpty
{
    public Expression Item => item;

    public override bool IsNullable { get; } = !item.IsNullable;

    public override bool IsRegular => true;

    public override bool HasWideLoop => true;

    public override int Depth { get; } = 1 + item.Depth;

    public override ByteSet FirstBytes => ByteSet.All;

    public override void Divide(ByteClasses classes) => item.Divide(classes);

    public Expression DeriveUnchecked(byte value) => Store.NotUnchecked(item.After(value));

    internal override Expression Derive(int symbol) =>
        symbol < FirstToken ? Store.Alive(DeriveUnchecked((byte)symbol)) : Store.Nothing;
}

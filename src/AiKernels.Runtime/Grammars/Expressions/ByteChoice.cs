namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>One byte of a set.</summary>
internal sealed class ByteChoice(ExpressionStore store, int id, ByteSet set) : Expression(store, id)
{
    public ByteSet Set => set;

    public override bool IsNullable => false;

    public override bool IsRegular => true;

    public override ByteSet FirstBytes => set;

    public override void Divide(ByteClasses classes) => classes.Divide(set);

    internal override Expression Derive(int symbol) =>
        symbol < FirstToken && set.Contains((byte)symbol) ? Store.Empty : Store.Nothing;
}

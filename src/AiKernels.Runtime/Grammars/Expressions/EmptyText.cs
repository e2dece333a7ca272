namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>The empty text, and nothing else.</summary>
internal sealed class EmptyText(ExpressionStore store, int id) : Expression(store, id)
{
    public override bool IsNullable => true;

    public override bool IsRegular => true;

    public override ByteSet FirstBytes => default;

    public override void Divide(ByteClasses classes)
    {
    }

    internal override Expression Derive(int symbol) => Store.Nothing;
}

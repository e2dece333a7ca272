namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>A rule's body, to be entered.</summary>
internal sealed class Call(ExpressionStore store, int id, Rule rule) : Expression(store, id)
{
    public Rule Rule => rule;

    public override bool IsNullable => false;

    public override bool IsRegular => false;

    public override ByteSet FirstBytes => default;

    public override void Divide(ByteClasses classes)
    {
    }

    internal override Expression Derive(int symbol) => Store.Nothing;

    internal override IEnumerable<HeadCall> FindHeadCalls() => [new(rule, Store.Empty)];
}

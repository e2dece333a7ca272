namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>A JSON value within other text: whoever watches for items that are there twice begins with it.</summary>
internal sealed class JsonText(ExpressionStore store, int id, Expression value) : Expression(store, id)
{
    public override bool IsNullable => value.IsNullable;

    public override bool IsRegular => false;

    public override bool BeginsJson => true;

    public override bool HasWideLoop => value.HasWideLoop;

    public override int Depth { get; } = 1 + value.Depth;

    public override ByteSet FirstBytes => value.FirstBytes;

    public override void Divide(ByteClasses classes) => value.Divide(classes);

    internal override Expression Derive(int symbol) => value.AfterSymbol(symbol);

    internal override IEnumerable<HeadCall> FindHeadCalls() => value.HeadCalls.ToArray();

    internal override IEnumerable<TokenLiteral> FirstTokens() => value.FirstTokens();
}

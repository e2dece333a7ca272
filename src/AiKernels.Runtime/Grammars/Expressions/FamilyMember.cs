namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>A member of a family, written when it is first needed.</summary>
internal sealed class FamilyMember(ExpressionStore store, int id, IExpressionFamily family, object state) : Expression(store, id)
{
    private Expression? _written;

    public override bool IsNullable => false;

    public override bool EndsUniqueItem { get; } = family.EndsUniqueItem(state);

    public override bool IsRegular => false;

    public override ByteSet FirstBytes => Written.FirstBytes;

    private Expression Written => _written ??= family.Write(state);

    public override void Divide(ByteClasses classes) => Written.Divide(classes);

    internal override Expression Derive(int symbol) => Written.AfterSymbol(symbol);

    internal override IEnumerable<HeadCall> FindHeadCalls() => Written.HeadCalls.ToArray();

    internal override IEnumerable<TokenLiteral> FirstTokens() => Written.FirstTokens();
}

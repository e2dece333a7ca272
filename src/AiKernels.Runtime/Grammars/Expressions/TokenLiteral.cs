namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>One token, whatever its bytes, or any but one.</summary>
internal sealed class TokenLiteral(ExpressionStore store, int id, int token, bool isExcluded) : Expression(store, id)
{
    public int Token => token;

    /// <summary>Whether it stands for all other tokens.</summary>
    public bool IsExcluded => isExcluded;

    public override bool IsNullable => false;

    public override bool IsRegular => false;

    public override ByteSet FirstBytes => default;

    public override void Divide(ByteClasses classes)
    {
    }

    internal override Expression Derive(int symbol) =>
        symbol >= FirstToken && (symbol - FirstToken == token) != isExcluded ? Store.Empty : Store.Nothing;

    internal override IEnumerable<TokenLiteral> FirstTokens() => [this];
}

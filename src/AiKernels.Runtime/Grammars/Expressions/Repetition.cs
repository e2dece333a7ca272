namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>An expression several times; a minimum of one that may be empty is 0.</summary>
internal sealed class Repetition(ExpressionStore store, int id, Expression item, int minimum, int? maximum) : Expression(store, id)
{
    private const int NarrowLoop = 32;

    public Expression Item => item;

    public int Minimum => minimum;

    /// <summary>How often at most; null: as often as one likes.</summary>
    public int? Maximum => maximum;

    public override bool IsNullable => minimum == 0;

    public override bool IsRegular => item.IsRegular;

    public override bool HasWideLoop { get; } = maximum is null or > 1 && item.FirstBytes.Count > NarrowLoop;

    public override int Depth { get; } = 1 + item.Depth;

    public override ByteSet FirstBytes => item.FirstBytes;

    private Expression Rest => Store.Repeat(item, Math.Max(minimum - 1, 0), maximum - 1);

    public override Expression Relax(int bytes) =>
        Store.Repeat(item.Relax(bytes), Math.Min(minimum, bytes + 1), maximum > bytes ? null : maximum);

    public override void Divide(ByteClasses classes) => item.Divide(classes);

    internal override Expression Derive(int symbol) => Store.Sequence(item.AfterSymbol(symbol), Rest);

    internal override IEnumerable<HeadCall> FindHeadCalls() =>
        item.HeadCalls.ToArray().Select(call => call with { Rest = Store.Sequence(call.Rest, Rest) });

    internal override IEnumerable<TokenLiteral> FirstTokens() => item.FirstTokens();
}

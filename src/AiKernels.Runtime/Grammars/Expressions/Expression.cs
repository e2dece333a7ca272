namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>
/// A set of texts over bytes and tokens, and what is left of it after each symbol: its derivative. An
/// <see cref="ExpressionStore"/> makes each expression once, so that equal ones are the same object.
/// </summary>
/// <remarks>
/// Source: Brzozowski, "Derivatives of regular expressions" (1964). Derivatives are found when they are first asked for, so
/// that counters, intersections and complements cost what a text visits of them, not what they could become. Calls of rules
/// take no byte: <see cref="HeadCalls"/> tells which may come next, and who matches a text keeps a stack of what follows them.
/// </remarks>
internal abstract class Expression(ExpressionStore store, int id)
{
    /// <summary>Symbols below are bytes; a token is its id above.</summary>
    public const int FirstToken = 256;

    private (byte[] Classes, Expression[] After)? _next;
    private HeadCall[]? _headCalls;

    /// <summary>Where the expressions that this one leads to are made.</summary>
    public ExpressionStore Store { get; } = store;

    /// <summary>A number of its own, in the order in which expressions were made.</summary>
    public int Id { get; } = id;

    /// <summary>Whether the empty text belongs to it, without entering a rule.</summary>
    public abstract bool IsNullable { get; }

    /// <summary>Whether rules or tokens occur in it: then it can't be complemented.</summary>
    public abstract bool IsRegular { get; }

    /// <summary>The bytes that a text of it may begin with, without entering a rule, and perhaps some that none begins with.</summary>
    public abstract ByteSet FirstBytes { get; }

    /// <summary>Whether an item of an array ends where it begins, unless the item goes on, that must not be there twice.</summary>
    public virtual bool EndsUniqueItem => false;

    /// <summary>Whether JSON may begin where it begins, after other text: see <see cref="JsonText"/>.</summary>
    public virtual bool BeginsJson => false;

    /// <summary>
    /// Whether many bytes repeat in it, as in a string: which tokens such a loop takes is much to find out, and worth to be
    /// called as a rule of its own, so that it is found once.
    /// </summary>
    public virtual bool HasWideLoop => false;

    /// <summary>How deep finding a derivative goes.</summary>
    public virtual int Depth => 1;

    /// <summary>Whether no text belongs to it: it is the store's <see cref="ExpressionStore.Nothing"/>.</summary>
    public bool IsNothing => ReferenceEquals(this, Store.Nothing);

    /// <summary>The rules that may be entered before the next symbol, and what is left after each.</summary>
    public ReadOnlySpan<HeadCall> HeadCalls => _headCalls ??= IsRegular ? [] : [.. FindHeadCalls().Distinct()];

    /// <summary>Whether a text may begin with a token for itself, without entering a rule.</summary>
    public bool HasFirstTokens => !IsRegular && FirstTokens().Any();

    /// <summary>What may follow a byte.</summary>
    public Expression After(byte value)
    {
        var (classes, after) = _next ??= FindNext();
        return after[classes[value]];
    }

    /// <summary>What may follow a token that stands for itself and not for its bytes.</summary>
    public Expression AfterToken(int token) => IsRegular ? Store.Nothing : Derive(FirstToken + token);

    /// <summary>What may follow a byte or, above those, a token.</summary>
    public Expression AfterSymbol(int symbol) => symbol < FirstToken ? After((byte)symbol) : AfterToken(symbol - FirstToken);

    /// <summary>
    /// An expression that takes the same first bytes, up to so many, and perhaps more; counters that so many bytes can't bring
    /// to their end are left out, so that it stands for many expressions.
    /// </summary>
    public virtual Expression Relax(int bytes) => this;

    /// <summary>Divides bytes that lead to different expressions.</summary>
    public abstract void Divide(ByteClasses classes);

    /// <summary>What is left after a symbol: a byte, or <see cref="FirstToken"/> and a token's id.</summary>
    internal abstract Expression Derive(int symbol);

    /// <summary>As <see cref="HeadCalls"/>, perhaps some twice.</summary>
    internal virtual IEnumerable<HeadCall> FindHeadCalls() => [];

    /// <summary>The tokens for themselves that a text may begin with.</summary>
    internal virtual IEnumerable<TokenLiteral> FirstTokens() => [];

    private (byte[] Classes, Expression[] After) FindNext()
    {
        var classes = new ByteClasses();
        Divide(classes);
        var first = FirstBytes;
        return (Store.Numbers(classes), [.. classes.Classes.Select(set => (set & first).IsEmpty ? Store.Nothing : Derive(set.First))]);
    }
}

/// <summary>A rule that may be entered next.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Rest">What has to follow it.</param>
internal readonly record struct HeadCall(Rule Rule, Expression Rest);

using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>What stands between the values of JSON.</summary>
internal sealed class JsonLayout
{
    // What people and printers write, and no more: models that write white space for ever are known.
    private const int MostBlanks = 4, MostLineEnds = 2, MostIndentation = 40;

    public JsonLayout(ExpressionStore store, JsonWhitespace whitespace)
    {
        var isFree = whitespace == JsonWhitespace.Free;
        var one = whitespace == JsonWhitespace.OneSpace ? store.Literal(" "u8) : store.Empty;
        Space = isFree ? Free(store) : store.Empty;
        Comma = store.Sequence(store.Literal(","u8), isFree ? Space : one);
        Colon = store.Sequence(Space, store.Literal(":"u8), isFree ? Space : one);
    }

    /// <summary>What may stand behind an opening bracket and behind a value.</summary>
    public Expression Space { get; }

    /// <summary>What stands before a further item or property.</summary>
    public Expression Comma { get; }

    /// <summary>What stands between a name and its value.</summary>
    public Expression Colon { get; }

    private static Expression Free(ExpressionStore store)
    {
        var blank = store.Bytes(ByteSet.Of((byte)' ') | ByteSet.Of((byte)'\t'));
        var lineEnd = store.Sequence(store.Optional(store.Literal("\r"u8)), store.Literal("\n"u8));
        return store.Choice(
            store.Repeat(blank, 0, MostBlanks),
            store.Sequence(store.Repeat(lineEnd, 1, MostLineEnds), store.Repeat(blank, 0, MostIndentation)));
    }
}

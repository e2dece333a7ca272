using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>What stands between the values of JSON.</summary>
internal sealed class JsonLayout
{
    // Enough for a line's end and an indentation of some thirty levels; a model that never stops is stopped.
    private const int MostSpaces = 64;

    public JsonLayout(ExpressionStore store, JsonWhitespace whitespace)
    {
        var isFree = whitespace == JsonWhitespace.Free;
        var bytes = ByteSet.Of((byte)' ') | ByteSet.Of((byte)'\t') | ByteSet.Of((byte)'\r') | ByteSet.Of((byte)'\n');
        var one = whitespace == JsonWhitespace.OneSpace ? store.Literal(" "u8) : store.Empty;
        Space = isFree ? store.Repeat(store.Bytes(bytes), 0, MostSpaces) : store.Empty;
        Comma = store.Sequence(store.Literal(","u8), isFree ? Space : one);
        Colon = store.Sequence(Space, store.Literal(":"u8), isFree ? Space : one);
    }

    /// <summary>What may stand behind an opening bracket and behind a value.</summary>
    public Expression Space { get; }

    /// <summary>What stands before a further item or property.</summary>
    public Expression Comma { get; }

    /// <summary>What stands between a name and its value.</summary>
    public Expression Colon { get; }
}

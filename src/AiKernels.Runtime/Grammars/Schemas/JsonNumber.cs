using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>Numbers as JSON writes them. Source: RFC 8259, section 6.</summary>
internal static class JsonNumber
{
    /// <summary>All numbers.</summary>
    public static Expression Any(ExpressionStore store) => Of(store, null, null);

    /// <summary>Numbers of so many digits before and behind the point at most, and so many in the exponent.</summary>
    public static Expression Of(ExpressionStore store, int? digits, int? exponentDigits)
    {
        var digit = Digit(store);
        var fraction = store.Sequence(store.Literal("."u8), store.Repeat(digit, 1, digits));
        var exponent = store.Sequence(
            store.Bytes(ByteSet.Of((byte)'e') | ByteSet.Of((byte)'E')),
            store.Optional(store.Bytes(ByteSet.Of((byte)'+') | ByteSet.Of((byte)'-'))),
            store.Repeat(digit, 1, exponentDigits));
        return store.Sequence(Whole(store, digits), store.Optional(fraction), store.Optional(exponent));
    }

    /// <summary>Numbers without fraction or exponent, of so many digits at most.</summary>
    public static Expression Whole(ExpressionStore store, int? digits) => store.Sequence(
        store.Optional(store.Literal("-"u8)),
        store.Choice(
            store.Literal("0"u8),
            store.Sequence(store.Bytes(ByteSet.Range((byte)'1', (byte)'9')), store.Repeat(Digit(store), 0, digits - 1))));

    private static Expression Digit(ExpressionStore store) => store.Bytes(ByteSet.Range((byte)'0', (byte)'9'));
}

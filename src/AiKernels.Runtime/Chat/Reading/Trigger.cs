using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>A text that begins or ends something.</summary>
/// <param name="Text">The text.</param>
internal sealed record Trigger(string Text)
{
    /// <summary>Whether it means something only where no text stands before it.</summary>
    public bool OnlyAtStart { get; init; }

    /// <summary>Whether it means something only behind a call.</summary>
    public bool OnlyBehindCall { get; init; }

    /// <summary>Whether reasoning follows.</summary>
    public bool BeginsReasoning { get; init; }

    /// <summary>The call that follows, the text itself included; null for none.</summary>
    public CallFormat? Call { get; init; }

    /// <summary>All that begin or end calls.</summary>
    public static IEnumerable<Trigger> Of(CallFormat calls)
    {
        if (calls.IsBare)
        {
            yield return new("{") { Call = calls, OnlyAtStart = true };
        }

        if (calls.BareMarker is { } marker)
        {
            yield return new(marker) { Call = calls.Behind(new CallPiece.Literal(marker), new CallPiece.Space()) };
        }

        if (calls.Begin is [CallPiece.Literal begin, ..])
        {
            yield return new(begin.Text) { Call = calls.Behind(calls.Begin) };
        }

        // In a section, and where a model forgot to open one.
        if (calls.Call[0] is CallPiece.Literal first)
        {
            yield return new(first.Text) { Call = calls };
        }

        if (calls.Forgettable > 0 && calls.Call[calls.Forgettable] is CallPiece.Literal second)
        {
            yield return new(second.Text) { Call = calls.Without(calls.Forgettable) };
        }

        if (calls.Separator is { } separator)
        {
            var call = calls.Behind(new CallPiece.Literal(separator), new CallPiece.Space());
            yield return new(separator) { Call = call, OnlyAtStart = true, OnlyBehindCall = true };
        }

        if (calls.End is { } end)
        {
            yield return new(end) { OnlyAtStart = true, OnlyBehindCall = true };
        }
    }
}

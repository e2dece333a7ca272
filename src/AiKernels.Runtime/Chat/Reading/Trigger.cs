using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>A text that begins or ends something.</summary>
/// <param name="Text">The text.</param>
/// <param name="Kind">What begins or ends.</param>
internal sealed record Trigger(string Text, TriggerKind Kind)
{
    /// <summary>Whether it means something only where no text stands before it.</summary>
    public bool OnlyAtStart { get; init; }

    /// <summary>Whether it means something only behind a call.</summary>
    public bool OnlyBehindCall { get; init; }

    /// <summary>What follows, the text itself included, where it is a call.</summary>
    public IReadOnlyList<CallPiece> Pieces { get; init; } = [];

    /// <summary>How many of these there must be.</summary>
    public int Needed { get; init; }

    /// <summary>All that mean something in a syntax, while no reasoning is open.</summary>
    public static IEnumerable<Trigger> Of(ChatSyntax syntax)
    {
        if (syntax.Reasoning is { } reasoning)
        {
            yield return new(reasoning.Open, TriggerKind.Reasoning) { OnlyAtStart = true };
        }

        foreach (var trigger in syntax.Calls is { } calls ? Of(calls) : [])
        {
            yield return trigger;
        }
    }

    private static IEnumerable<Trigger> Of(CallFormat calls)
    {
        if (calls.IsBare)
        {
            yield return CallAt([], calls, "{") with { OnlyAtStart = true };
        }

        if (calls.BareMarker is { } marker)
        {
            yield return CallAt([new CallPiece.Literal(marker), new CallPiece.Space()], calls, marker);
        }

        if (calls.Begin is [CallPiece.Literal begin, ..])
        {
            yield return CallAt(calls.Begin, calls, begin.Text);
        }

        // In a section, and where a model forgot to open one.
        if (calls.Call[0] is CallPiece.Literal first)
        {
            yield return CallAt([], calls, first.Text);
        }

        if (calls.Separator is { } separator)
        {
            yield return CallAt([new CallPiece.Literal(separator), new CallPiece.Space()], calls, separator) with { OnlyAtStart = true, OnlyBehindCall = true };
        }

        if (calls.End is { } end)
        {
            yield return new(end, TriggerKind.SectionEnd) { OnlyAtStart = true, OnlyBehindCall = true };
        }
    }

    private static Trigger CallAt(IReadOnlyList<CallPiece> before, CallFormat calls, string text) =>
        new(text, TriggerKind.Call) { Pieces = [.. before, .. calls.Call], Needed = before.Count + calls.Needed };
}

/// <summary>What a trigger begins or ends.</summary>
internal enum TriggerKind
{
    /// <summary>Reasoning.</summary>
    Reasoning,

    /// <summary>A call.</summary>
    Call,

    /// <summary>The end of several calls.</summary>
    SectionEnd,
}

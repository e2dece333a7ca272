using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>Makes expressions of answers in which markers set reasoning and calls off from text.</summary>
/// <param name="calls">Makes calls.</param>
/// <param name="syntax">How they are written.</param>
/// <param name="known">All tools that there are.</param>
/// <param name="called">Which may be called; none for no calls.</param>
/// <param name="isParallel">Whether there may be several calls.</param>
/// <param name="required">What the text has to be; null for anything.</param>
internal sealed class MarkedExpressions(
    CallExpressions calls, ChatSyntax syntax, IReadOnlyList<ToolDefinition> known, IReadOnlyList<ToolDefinition> called, bool isParallel, Expression? required)
{
    // What may stand before a name in an object that is a call.
    private static readonly string[] EnvelopeKeys = ["id", "type", "arguments", "parameters"];

    private ExpressionStore Store => calls.Store;

    /// <summary>Whole answers.</summary>
    /// <exception cref="GrammarException">Every text that there may be would be read as something else.</exception>
    public Expression Answer(ToolChoice choice, ThinkingState thinking)
    {
        var mustCall = choice == ToolChoice.Required || choice.Name is not null;
        var text = required is null ? FreeText() : RequiredText(required, thinking);
        var body = Body(text, mustCall);
        if (syntax.Reasoning is not { } reasoning || thinking == ThinkingState.Over)
        {
            return body;
        }

        // Nobody knows whether what comes first is reasoning or text: then no call is hidden in it.
        var thought = calls.Without([reasoning.Close]);
        thought = thinking == ThinkingState.Unknown ? Store.Both(thought, required is null ? text : FreeText()) : thought;
        var open = Store.Sequence(calls.Space, calls.Marker(reasoning.Open));
        var begun = thinking switch
        {
            ThinkingState.Open => Store.Empty,
            ThinkingState.NotBegun => open,
            _ => Store.Optional(open),
        };
        var reasoned = Store.Sequence(begun, thought, calls.Marker(reasoning.Close), required is null ? Store.Empty : BlankLines(), body);
        return Store.Choice(
            reasoned,
            thinking == ThinkingState.Open ? Store.Nothing : body,
            mustCall || required is not null ? Store.Nothing : Store.Sequence(begun, thought)); // It may end before it has answered.
    }

    /// <summary>What follows reasoning.</summary>
    private Expression Body(Expression text, bool mustCall)
    {
        if (called.Count == 0)
        {
            return text;
        }

        var onlyCalls = Store.Sequence(calls.Space, Calls());
        return mustCall ? onlyCalls
            : required is not null ? Store.Choice(text, onlyCalls)
            : syntax.Calls!.BareMarker is { } marker ? Store.Choice(text, onlyCalls, Store.Sequence(text, calls.Marker(marker), calls.Space, Call()))
            : Store.Sequence(text, Store.Optional(Calls()));
    }

    /// <summary>Text in which no call begins.</summary>
    private Expression FreeText()
    {
        if (syntax.Calls is not { } format)
        {
            return Store.Anything;
        }

        var text = calls.Without(Markers(format));
        return format.IsBare && known.Count > 0 ? Store.Both(text, Store.Not(BareCall())) : text;
    }

    private static IEnumerable<string> Markers(CallFormat format)
    {
        string?[] markers = [format.BareMarker, First(format.Begin), First(format.Call), format.Forgettable > 0 ? First(format.Call.Skip(format.Forgettable)) : null];
        return markers.OfType<string>();
    }

    private static string? First(IEnumerable<CallPiece> pieces) => pieces.FirstOrDefault() is CallPiece.Literal literal ? literal.Text : null;

    /// <summary>What is read as a call that nothing marks, and what may become one: an object with a tool's name among the keys of a call.</summary>
    private Expression BareCall()
    {
        var key = Store.Choice([.. EnvelopeKeys.Select(calls.JsonString)]);
        var colon = Store.Sequence(calls.AnySpace, calls.Text(":"), calls.AnySpace);
        var name = Store.Sequence(calls.JsonString("name"), colon, Store.Choice([.. known.Select(tool => calls.JsonString(tool.Name))]));
        return Store.Sequence(
            calls.AnySpace, calls.Text("{"), calls.AnySpace, Store.Optional(Store.Sequence(key, colon, Store.Anything)), name, Store.Anything);
    }

    /// <summary>A text that has to follow something, but for what would be read as something else.</summary>
    private Expression RequiredText(Expression text, ThinkingState thinking)
    {
        if (!text.IsRegular)
        {
            return text; // With brackets within each other, as JSON has them, which begins with no marker.
        }

        IEnumerable<string> markers = called.Count > 0 ? Markers(syntax.Calls!) : [];
        if (syntax.Reasoning is { } reasoning && thinking != ThinkingState.Over)
        {
            markers = markers.Append(reasoning.Open).Append("\n").Append("\r");
        }

        var marked = Store.Sequence(calls.AnySpace, Store.Choice([.. markers.Select(calls.Text)]), Store.Anything);
        return Store.Both(text, Store.Not(marked)) is { IsNothing: false } kept
            ? kept : throw new GrammarException("each text that the grammar takes begins with a marker or a line end");
    }

    /// <summary>What stands between reasoning and a text that has to follow something, and isn't read as a part of it.</summary>
    private Expression BlankLines() =>
        Store.Optional(Store.Sequence(calls.Space, Store.Choice(calls.Text("\n"), calls.Text("\r"))));

    private Expression Call() => calls.Call(syntax.Calls!, called);

    private Expression Calls()
    {
        var format = syntax.Calls!;
        var call = Call();
        if (format.BareMarker is { } marker)
        {
            call = Store.Sequence(Store.Optional(Store.Sequence(calls.Marker(marker), calls.Space)), call);
        }

        var between = format.Separator is { } separator ? Store.Sequence(calls.Space, calls.Marker(separator), calls.Space) : calls.Space;
        var more = isParallel && !format.IsSingle ? Store.Repeat(Store.Sequence(between, call), 0, null) : Store.Empty;
        var end = format.End is { } last ? Store.Sequence(calls.Space, calls.Marker(last)) : Store.Empty;
        return Store.Sequence(calls.Pieces(format.Begin), call, more, end);
    }
}

using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>Makes expressions of answers in which markers set reasoning and calls off from text.</summary>
/// <param name="calls">Makes calls.</param>
/// <param name="syntax">How they are written.</param>
/// <param name="tools">Which may be called; none for no calls.</param>
/// <param name="isParallel">Whether there may be several calls.</param>
/// <param name="required">What the text has to be; null for anything.</param>
internal sealed class MarkedExpressions(
    CallExpressions calls, ChatSyntax syntax, IReadOnlyList<ToolDefinition> tools, bool isParallel, Expression? required)
{
    private static readonly string[] EnvelopeKeys = ["name", "arguments", "parameters", "id", "type"];

    private ExpressionStore Store => calls.Store;

    /// <summary>Whole answers.</summary>
    public Expression Answer(ToolChoice choice, ThinkingState thinking)
    {
        var mustCall = choice == ToolChoice.Required || choice.Name is not null;
        var text = FreeText();
        var body = mustCall ? Store.Sequence(calls.Space, Calls())
            : required is not null ? tools.Count == 0 ? required : Store.Choice(required, Store.Sequence(calls.Space, Calls()))
            : tools.Count == 0 ? text
            : syntax.Calls!.IsBare ? Store.Choice(text, Store.Sequence(calls.Space, Calls()), Store.Sequence(text, calls.Marker(syntax.Calls.BareMarker!), calls.Space, Call()))
            : Store.Sequence(text, Store.Optional(Calls()));
        if (syntax.Reasoning is not { } reasoning || thinking == ThinkingState.Over)
        {
            return body;
        }

        // Nobody knows whether what comes first is reasoning or text: then no call is hidden in it.
        var thought = calls.Without([reasoning.Close]);
        thought = thinking == ThinkingState.Unknown ? Store.Both(thought, text) : thought;
        var open = Store.Sequence(calls.Space, calls.Marker(reasoning.Open));
        var begun = thinking switch
        {
            ThinkingState.Open => Store.Empty,
            ThinkingState.NotBegun => open,
            _ => Store.Optional(open),
        };
        var after = required is null ? body : Store.Sequence(calls.Space, body);
        var reasoned = Store.Sequence(begun, thought, calls.Marker(reasoning.Close), after);
        return Store.Choice(
            reasoned,
            thinking == ThinkingState.Open ? Store.Nothing : body,
            mustCall || required is not null ? Store.Nothing : Store.Sequence(begun, thought)); // It may end before it has answered.
    }

    /// <summary>Text in which no call begins.</summary>
    private Expression FreeText()
    {
        if (syntax.Calls is not { } format)
        {
            return Store.Anything;
        }

        string?[] markers = [format.BareMarker, First(format.Begin), First(format.Call)];
        var text = calls.Without(markers.OfType<string>());
        if (!format.IsBare)
        {
            return text;
        }

        var key = Store.Choice([.. EnvelopeKeys.Select(name => calls.Text($"\"{name}\""))]);
        var space = Store.Repeat(Store.Bytes(CallExpressions.Spaces), 0, null);
        return Store.Both(text, Store.Not(Store.Sequence(space, calls.Text("{"), space, key, Store.Anything)));
    }

    private static string? First(IReadOnlyList<CallPiece> pieces) => pieces is [CallPiece.Literal literal, ..] ? literal.Text : null;

    private Expression Call() => calls.Call(syntax.Calls!.Call, tools);

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

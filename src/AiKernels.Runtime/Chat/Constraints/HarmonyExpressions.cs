using AiKernels.Runtime.Grammars.Expressions;
using static AiKernels.Runtime.Chat.Syntax.HarmonyMarkers;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>Makes expressions of gpt-oss' answers, from behind the role that a prompt ends with.</summary>
/// <param name="calls">Makes calls.</param>
/// <param name="tools">Which may be called; none for no calls.</param>
/// <param name="text">What the text has to be; null for anything.</param>
internal sealed class HarmonyExpressions(CallExpressions calls, IReadOnlyList<ToolDefinition> tools, Expression? text)
{
    private ExpressionStore Store => calls.Store;

    /// <summary>Whole answers. Each has one call at most, since a call ends it.</summary>
    public Expression Answer(ToolChoice choice, ThinkingState thinking)
    {
        var mustCall = choice == ToolChoice.Required || choice.Name is not null;
        var content = calls.Without(All);
        var next = Store.Sequence(calls.Marker(End), calls.Marker(Start), calls.Text(Role));
        var reasoning = thinking == ThinkingState.Over ? Store.Nothing : Message(Analysis, content);
        var preamble = mustCall || text is not null ? Store.Nothing : Message(Commentary, content);
        var last = Store.Choice(
            mustCall ? Store.Nothing : text is not null ? Message(Final, text) : Store.Sequence(Message(Final, content), Store.Optional(calls.Marker(Return))),
            mustCall || text is not null ? Store.Nothing : reasoning,
            preamble,
            tools.Count == 0 ? Store.Nothing : Call());
        return Store.Sequence(Store.Repeat(Store.Sequence(Store.Choice(reasoning, preamble), next), 0, null), last);
    }

    private Expression Message(string channel, Expression content) =>
        Store.Sequence(calls.Marker(Channel), calls.Text(channel), calls.Marker(Syntax.HarmonyMarkers.Message), content);

    /// <summary>A call with its addressee behind the channel, as models write it, or before it, as their template does.</summary>
    private Expression Call()
    {
        var json = Store.Optional(Store.Sequence(
            calls.Text(" "), Store.Optional(calls.Marker(Constrain)), calls.Text("json")));
        var (to, channel) = (calls.Text($"{Addressee}{Functions}"), Store.Sequence(calls.Marker(Channel), calls.Text(Commentary)));
        return Store.Choice([.. tools.Select(tool => Store.Sequence(
            Store.Choice(
                Store.Sequence(channel, calls.Text(" "), to, calls.Text(tool.Name)),
                Store.Sequence(calls.Text(" "), to, calls.Text(tool.Name), channel)),
            json,
            calls.Marker(Syntax.HarmonyMarkers.Message),
            calls.ArgumentsOf(tool),
            calls.Marker(Syntax.HarmonyMarkers.Call)))]);
    }
}

using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Chat;

/// <summary>How a family of models writes its reasoning and its tool calls.</summary>
/// <remarks>Immutable and thread-safe. Sources: the families' own chat templates.</remarks>
/// <example>
/// <code>
/// var syntax = ChatSyntax.Detect(model.ChatTemplate?.Source);
/// var reader = new AnswerReader(syntax, model.Tokenizer, tokens, tools);
/// </code>
/// </example>
public sealed class ChatSyntax
{
    // Of several that fit a template the first counts.
    private static readonly ChatSyntax[] All =
    [
        new("harmony", null, null, ["<|channel|>", "<|message|>"], []) { IsHarmony = true },
        new("deepseek-r1", ReasoningFormat.Think, CallFormats.DeepSeekFenced, ["<｜tool▁calls▁begin｜>", "```json"], []),
        new("deepseek-v3.1", ReasoningFormat.Think, CallFormats.DeepSeek, ["<｜tool▁calls▁begin｜>", "<｜tool▁sep｜>"], []),
        new("kimi-k2", ReasoningFormat.Think, CallFormats.Kimi, ["<|tool_calls_section_begin|>"], []),
        new("mistral-args", ReasoningFormat.Mistral, CallFormats.MistralArguments, ["[TOOL_CALLS]", "[ARGS]"], []),
        new("mistral", ReasoningFormat.Mistral, CallFormats.Mistral, ["[TOOL_CALLS]"], []),
        new("glm", ReasoningFormat.Think, CallFormats.Glm, ["<tool_call>", "<arg_key>"], []),
        new("qwen3-coder", ReasoningFormat.Think, CallFormats.QwenCoder, ["<tool_call>", "<function=", "<parameter="], []),
        new("hermes", ReasoningFormat.Think, CallFormats.Hermes, ["<tool_call>", "name", "arguments"], ["<tool_calls>", "<function="]),
        new("llama3", ReasoningFormat.Think, CallFormats.Llama, ["<|start_header_id|>", "\"parameters\": ", "\"name\": "], ["<function="]),
        new("think", ReasoningFormat.Think, null, ["</think>"], []),
        new("plain", null, null, [], []),
    ];

    private readonly string[] _present;
    private readonly string[] _absent;

    private ChatSyntax(string name, ReasoningFormat? reasoning, CallFormat? calls, string[] present, string[] absent)
        => (Name, Reasoning, Calls, _present, _absent) = (name, reasoning, calls, present, absent);

    /// <summary>Neither reasoning nor tool calls: all is text.</summary>
    public static ChatSyntax Plain { get; } = All[^1];

    /// <summary>The names of all.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(syntax => syntax.Name)];

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Whether it has a way to call tools.</summary>
    public bool HasToolCalls => Calls is not null || IsHarmony;

    /// <summary>Whether it has a way to reason.</summary>
    public bool HasReasoning => Reasoning is not null || IsHarmony;

    /// <summary>How reasoning is marked; null where it isn't, and for <see cref="IsHarmony"/>.</summary>
    internal ReasoningFormat? Reasoning { get; }

    /// <summary>How calls are written; null where they aren't, and for <see cref="IsHarmony"/>.</summary>
    internal CallFormat? Calls { get; }

    /// <summary>Whether answers are gpt-oss' messages.</summary>
    internal bool IsHarmony { get; private init; }

    /// <summary>All texts that mean something, for which vocabularies may have control tokens.</summary>
    internal IReadOnlyList<string> Markers => field ??= [.. IsHarmony ? HarmonyMarkers.All : FindMarkers().Distinct()];

    /// <summary>The syntax of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    /// <example><code>var syntax = ChatSyntax.Named("hermes");</code></example>
    public static ChatSyntax Named(string name) => Array.Find(All, syntax => syntax.Name == name)
        ?? throw new ArgumentException($"there is no chat syntax {name}, but {string.Join(", ", Names)}", nameof(name));

    /// <summary>The syntax that a chat template asks for, by the markers in it; <see cref="Plain"/> where none is known.</summary>
    /// <param name="templateSource">The template's text; null for none.</param>
    /// <example><code>var syntax = ChatSyntax.Detect(model.ChatTemplate?.Source);</code></example>
    public static ChatSyntax Detect(string? templateSource) =>
        templateSource is null ? Plain : Array.Find(All, syntax =>
            syntax._present.All(marker => templateSource.Contains(marker, StringComparison.Ordinal))
            && !syntax._absent.Any(marker => templateSource.Contains(marker, StringComparison.Ordinal)))!;

    /// <summary>Where reasoning stands behind a prompt.</summary>
    /// <param name="tokenizer">Knows what the tokens stand for.</param>
    /// <param name="prompt">
    /// The prompt's tokens. What stands before the last token of a turn's border is another turn's; where a template has no such
    /// tokens, a user's words can't be told from it, and <see cref="ThinkingAfter(string)"/> is the one to ask.
    /// </param>
    /// <example><code>var thinking = syntax.ThinkingAfter(tokenizer, tokens);</code></example>
    public ThinkingState ThinkingAfter(Tokenizer tokenizer, ReadOnlySpan<int> prompt)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return ThinkingAfter(PromptTail.Of(tokenizer, prompt, this));
    }

    /// <summary>Where reasoning stands behind what a template writes so that the model answers.</summary>
    /// <param name="generationPrompt">
    /// What the rendered prompt has at its end that it hasn't without <c>add_generation_prompt</c>: nothing in it is a user's.
    /// </param>
    /// <example><code>var thinking = syntax.ThinkingAfter("&lt;|im_start|&gt;assistant\n&lt;think&gt;\n");</code></example>
    public ThinkingState ThinkingAfter(string generationPrompt)
    {
        ArgumentNullException.ThrowIfNull(generationPrompt);
        if (Reasoning is null)
        {
            return IsHarmony ? ThinkingState.NotBegun : ThinkingState.Over;
        }

        var open = generationPrompt.LastIndexOf(Reasoning.Open, StringComparison.Ordinal);
        var close = generationPrompt.LastIndexOf(Reasoning.Close, StringComparison.Ordinal);
        return open > close ? ThinkingState.Open : close >= 0 ? ThinkingState.Over : ThinkingState.NotBegun;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private IEnumerable<string> FindMarkers()
    {
        IEnumerable<CallPiece> pieces = Calls is null ? [] : [.. Calls.Begin, .. Calls.Call];
        string?[] others = [Reasoning?.Open, Reasoning?.Close, Calls?.End, Calls?.BareMarker];
        return others.OfType<string>().Concat(pieces.SelectMany(piece => piece switch
        {
            CallPiece.Literal literal => [literal.Text],
            CallPiece.Id id => [id.Marker],
            CallPiece.Parameters parameters => (string[])[parameters.Open, parameters.NameEnd, parameters.ValueOpen, parameters.Close],
            _ => [],
        })).Where(marker => marker.Length > 0);
    }
}

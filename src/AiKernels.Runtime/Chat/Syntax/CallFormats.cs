using static AiKernels.Runtime.Chat.Syntax.CallPiece;

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>How families write their tool calls, after their own templates.</summary>
internal static class CallFormats
{
    private static readonly Space Spaces = new();
    private static readonly Arguments Json = new();

    /// <summary>Hermes, Qwen2.5, Qwen3 and many more: an object between tags.</summary>
    public static CallFormat Hermes { get; } = new(
        [new Literal("<tool_call>"), Spaces, new Envelope("arguments"), Spaces, new Literal("</tool_call>")]);

    /// <summary>Qwen3-Coder, Qwen3.5, Nemotron 3: tags all the way down.</summary>
    public static CallFormat QwenCoder { get; } = new(
    [
        new Literal("<tool_call>"), Spaces, new Literal("<function="), new Name(), new Literal(">"),
        new Parameters("<parameter=", ">", "", "</parameter>", HasLines: true, IsPythonic: true),
        new Literal("</function>"), Spaces, new Literal("</tool_call>"),
    ])
    {
        Forgettable = 2,
    };

    /// <summary>GLM from 4.5 on.</summary>
    public static CallFormat Glm { get; } = new(
    [
        new Literal("<tool_call>"), new Name(),
        new Parameters("<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>", HasLines: false, IsPythonic: false),
        new Literal("</tool_call>"),
    ]);

    /// <summary>DeepSeek V3 and R1: the arguments in a fence.</summary>
    public static CallFormat DeepSeekFenced { get; } = new(
    [
        new Literal("<｜tool▁call▁begin｜>"), new Literal("function"), new Literal("<｜tool▁sep｜>"), new Name(), new Space(IsRequired: true),
        new Literal("```json"), Spaces, Json, Spaces, new Literal("```"), Spaces, new Literal("<｜tool▁call▁end｜>"),
    ])
    {
        Begin = [new Literal("<｜tool▁calls▁begin｜>"), Spaces],
        End = "<｜tool▁calls▁end｜>",
    };

    /// <summary>DeepSeek V3.1.</summary>
    public static CallFormat DeepSeek { get; } = new(
        [new Literal("<｜tool▁call▁begin｜>"), new Name(), new Literal("<｜tool▁sep｜>"), Spaces, Json, Spaces, new Literal("<｜tool▁call▁end｜>")])
    {
        Begin = [new Literal("<｜tool▁calls▁begin｜>"), Spaces],
        End = "<｜tool▁calls▁end｜>",
    };

    /// <summary>Kimi K2.</summary>
    public static CallFormat Kimi { get; } = new(
    [
        new Literal("<|tool_call_begin|>"), Spaces, new NumberedName("functions."), Spaces, new Literal("<|tool_call_argument_begin|>"), Spaces,
        Json, Spaces, new Literal("<|tool_call_end|>"),
    ])
    {
        Begin = [new Literal("<|tool_calls_section_begin|>"), Spaces],
        End = "<|tool_calls_section_end|>",
    };

    /// <summary>Llama 3: the call is the answer.</summary>
    public static CallFormat Llama { get; } = new([new Envelope("parameters", HasType: true)])
    {
        IsBare = true,
        BareMarker = "<|python_tag|>",
        Separator = ";", // Which some write, though their template knows one call only.
        IsSingle = true,
    };

    /// <summary>Mistral's models up to 2024: a list of calls.</summary>
    public static CallFormat Mistral { get; } = new([new Envelope("arguments", HasId: true)])
    {
        Begin = [new Literal("[TOOL_CALLS]"), Spaces, new Literal("["), Spaces],
        Separator = ",",
        End = "]",
    };

    /// <summary>Mistral's models from 2025 on.</summary>
    public static CallFormat MistralArguments { get; } = new(
        [new Literal("[TOOL_CALLS]"), Spaces, new Name(), new Id("[CALL_ID]"), new Literal("[ARGS]"), Spaces, Json]);

    /// <summary>gpt-oss: what stands behind the header of a message that calls a tool.</summary>
    public static CallFormat HarmonyContent { get; } = new([Spaces, Json, Spaces, new Literal(HarmonyMarkers.Call)]);
}

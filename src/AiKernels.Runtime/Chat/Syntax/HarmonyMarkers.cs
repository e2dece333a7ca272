namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>
/// gpt-oss' messages: a header that names role, channel and addressee, then the content. A turn has several; its prompt ends with
/// the first one's role.
/// </summary>
/// <remarks>Source: the guide to OpenAI's harmony response format, and gpt-oss' template.</remarks>
internal static class HarmonyMarkers
{
    public const string Start = "<|start|>", Channel = "<|channel|>", Constrain = "<|constrain|>", Message = "<|message|>",
        End = "<|end|>", Call = "<|call|>", Return = "<|return|>";

    public const string Role = "assistant", Analysis = "analysis", Commentary = "commentary", Final = "final",
        Addressee = "to=", Functions = "functions.";

    public static IReadOnlyList<string> All { get; } = [Start, Channel, Constrain, Message, End, Call, Return];
}

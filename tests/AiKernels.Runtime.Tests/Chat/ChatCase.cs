using System.Text.Json.Nodes;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Templates;
using AiKernels.Runtime.Tests.Templates;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>A family's own template, and a message with reasoning, text and calls that it renders.</summary>
/// <param name="Template">The template's file.</param>
/// <param name="Syntax">The syntax that it asks for.</param>
/// <param name="Begin">What stands before the message's content.</param>
/// <param name="End">What stands behind it.</param>
internal sealed record ChatCase(string Template, string Syntax, string Begin, string End)
{
    public const string Text = "I'll look it up.", Reasoning = "Zürich?\nThey want <b>both</b> 🌦.";

    private const string ChatMl = "<|im_start|>assistant\n", ChatMlEnd = "<|im_end|>", Sentence = "<｜end▁of▁sentence｜>";

    /// <summary>What the tools take.</summary>
    public static IReadOnlyList<ToolDefinition> Tools { get; } =
    [
        new("get_weather", "The weather of a place.", """
            {"type": "object", "properties": {
                "city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 9}, "exact": {"type": "boolean"},
                "code": {"type": "string", "pattern": "^[0-9]+$"}, "note": {"type": ["string", "null"]}, "parts": {"type": "array", "items": {"enum": ["wind", "rain"]}}},
             "required": ["city"], "additionalProperties": false}
            """),
        new("now", "The time.", """{"type": "object", "properties": {}, "additionalProperties": false}"""),
    ];

    /// <summary>All calls of the message.</summary>
    public static IReadOnlyList<AnswerCall> AllCalls { get; } =
    [
        new("get_weather", """{"city": "Zürich, \"am See\"\n</b>", "days": 3, "exact": true, "code": "007", "note": "Tonight", "parts": ["wind", "rain"]}"""),
        new("now", "{}"),
    ];

    public bool HasReasoning { get; init; } = true;

    public bool HasText { get; init; } = true;

    public bool IsSingle { get; init; }

    public bool HasIds { get; init; }

    /// <summary>Whether reasoning is a part of the content.</summary>
    public bool HasBlocks { get; init; }

    /// <summary>Whether the prompt has closed reasoning before the answer.</summary>
    public bool IsClosedBefore { get; init; }

    /// <summary>Whether lists are written as JSON, and not as Python prints them.</summary>
    public bool HasLists { get; init; } = true;

    public IReadOnlyList<AnswerCall> Calls => IsSingle ? [AllCalls[0]]
        : HasLists ? AllCalls
        : [AllCalls[0] with { Arguments = AllCalls[0].Arguments.Replace(", \"parts\": [\"wind\", \"rain\"]", "") }, AllCalls[1]];

    public static IReadOnlyList<ChatCase> All { get; } =
    [
        new("ik_llama.cpp/Qwen-Qwen3-0.6B", "hermes", ChatMl, ChatMlEnd),
        new("ik_llama.cpp/Qwen-Qwen2.5-7B-Instruct", "hermes", ChatMl, ChatMlEnd) { HasReasoning = false },
        new("ik_llama.cpp/NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "hermes", "<|im_start|>assistant", ChatMlEnd) { HasReasoning = false, HasText = false },
        new("ik_llama.cpp/Bielik-11B-v3.0-Instruct", "hermes", ChatMl, ChatMlEnd),
        new("ik_llama.cpp/Qwen3-Coder", "qwen3-coder", ChatMl, ChatMlEnd) { HasReasoning = false },
        new("ik_llama.cpp/Qwen3.5-4B", "qwen3-coder", ChatMl, ChatMlEnd),
        new("ik_llama.cpp/StepFun3.5-Flash", "qwen3-coder", ChatMl, ChatMlEnd),
        new("ik_llama.cpp/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "qwen3-coder", ChatMl, ChatMlEnd),
        new("other/Qwen-Qwen3-Coder-30B-A3B-Instruct", "qwen3-coder", ChatMl, ChatMlEnd) { HasReasoning = false, HasLists = false },
        new("ik_llama.cpp/llama-cpp-deepseek-r1", "deepseek-r1", "<｜Assistant｜>", Sentence) { HasReasoning = false, HasText = false },
        new("ik_llama.cpp/deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "deepseek-r1", "<｜Assistant｜>", Sentence) { HasReasoning = false, HasText = false },
        new("ik_llama.cpp/deepseek-ai-DeepSeek-V3.1", "deepseek-v3.1", "<｜Assistant｜><think></think>", Sentence) { HasReasoning = false, IsClosedBefore = true },
        new("other/tool_chat_template_deepseekv31", "deepseek-v3.1", "</think>", Sentence) { HasReasoning = false, IsClosedBefore = true },
        new("ik_llama.cpp/meta-llama-Llama-3.1-8B-Instruct", "llama3", "assistant<|end_header_id|>\n\n", "<|eot_id|>") { HasReasoning = false, HasText = false, IsSingle = true },
        new("ik_llama.cpp/meta-llama-Llama-3.2-3B-Instruct", "llama3", "assistant<|end_header_id|>\n\n", "<|eot_id|>") { HasReasoning = false, HasText = false, IsSingle = true },
        new("other/zai-org-GLM-4.5", "glm", "<|assistant|>", ""),
        new("ik_llama.cpp/GLM-4.6", "glm", "<|assistant|>", ""),
        new("ik_llama.cpp/GLM-4.7-Flash", "glm", "<|assistant|>", ""),
        new("ik_llama.cpp/GLM-5.2", "glm", "<|assistant|>", ""),
        new("ik_llama.cpp/Kimi-K2-Instruct", "kimi-k2", "assistant<|im_middle|>", ChatMlEnd) { HasReasoning = false, HasIds = true },
        new("ik_llama.cpp/Kimi-K2-Thinking", "kimi-k2", "assistant<|im_middle|>", ChatMlEnd) { HasIds = true },
        new("ik_llama.cpp/mistralai-Mistral-Nemo-Instruct-2407", "mistral", "[/INST]", "</s>") { HasReasoning = false, HasText = false },
        new("ik_llama.cpp/Mistral-Small-3.2-24B-Instruct-2506", "mistral-args", "[/INST]", "</s>") { HasReasoning = false, HasText = false, HasIds = true },
        new("ik_llama.cpp/unsloth-mistral-Devstral-Small-2507", "mistral-args", "[/INST]", "</s>") { HasReasoning = false },
        new("ik_llama.cpp/mistralai-Ministral-3-14B-Reasoning-2512", "mistral-args", "[/INST]", "</s>") { HasBlocks = true },
        new("ik_llama.cpp/openai-gpt-oss-120b", "harmony", "<|start|>assistant", "") { HasText = false, IsSingle = true },
    ];

    public string Source => File.ReadAllText(TestData.Path($"templates/{Template}.jinja"));

    /// <summary>What the template renders of the message, and of the message with text alone.</summary>
    public string Render(bool withCalls = true)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = HasText || !withCalls ? Text : Template.Contains("Nemo", StringComparison.Ordinal) || Template.Contains("gpt-oss", StringComparison.Ordinal) ? "" : null };
        if (HasBlocks)
        {
            message["content"] = new JsonArray(
                new JsonObject { ["type"] = "thinking", ["thinking"] = Reasoning }, new JsonObject { ["type"] = "text", ["text"] = Text });
        }
        else if (HasReasoning)
        {
            (message["reasoning_content"], message["thinking"]) = (Reasoning, Reasoning);
        }

        if (withCalls)
        {
            message["tool_calls"] = new JsonArray([.. Calls.Select((call, i) => new JsonObject
            {
                ["id"] = $"abcdefgh{i}",
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = JsonNode.Parse(call.Arguments) },
            })]);
        }

        var context = new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "What's the weather?" }, message),
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
            ["add_generation_prompt"] = false,
            ["enable_thinking"] = true,
        };
        var text = ChatTemplate.Parse(Source).Render(context, new TemplateOptions { Clock = Templates.Templates.Clock }).Text;
        var begin = Syntax == "harmony" ? text.IndexOf(Begin, StringComparison.Ordinal) : text.LastIndexOf(Begin, StringComparison.Ordinal);
        text = text[(begin + Begin.Length)..];
        return End.Length > 0 ? text[..text.LastIndexOf(End, StringComparison.Ordinal)] : text;
    }

    public override string ToString() => Template;
}

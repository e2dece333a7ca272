using System.Text.Json.Nodes;
using AiKernels.Runtime.Templates;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Real templates, and prompts that others rendered with theirs.</summary>
public sealed class TemplateVectorTests
{
    [Fact]
    public void Every_real_template_parses()
    {
        var files = Directory.GetFiles(TestData.Path("templates"), "*.jinja", SearchOption.AllDirectories);
        Assert.Equal(58, files.Length);
        Assert.All(files, file => ChatTemplate.Parse(File.ReadAllText(file), Path.GetFileName(file)));
    }

    [Fact]
    public void Cases_of_single_features_render_as_expected()
    {
        var cases = Read("llama.cpp_jinja_unit.json").AsArray();
        Assert.Equal(268, cases.Count);
        Assert.All(cases, vector => Assert.Equal(
            (string)vector!["expected"]!, Templates.Render((string)vector["template"]!, vector["context"]!.AsObject())));
    }

    [Fact]
    public void Models_templates_render_conversations_as_expected()
    {
        var cases = Read("huggingface.js_hf_e2e.json").AsArray();
        Assert.Equal(27, cases.Count);
        Assert.All(cases, vector => Assert.Equal(
            Target(vector!), Templates.Render((string)vector!["chat_template"]!, vector["data"]!.AsObject())));
    }

    [Fact]
    public void Models_templates_render_a_conversation_with_a_system_message_as_expected()
    {
        var vectors = Read("llama.cpp_chat_template.json");
        var cases = vectors["cases"]!.AsArray();
        Assert.Equal(28, cases.Count);
        foreach (var vector in cases)
        {
            var expected = vector!["expected_output_jinja"] is { } own && (string)own! != "" ? own : vector["expected_output"];
            var messages = Messages(vectors["conversation"]!.AsArray());
            switch ((string)vector["name"]!)
            {
                // Not supported where the vectors come from: it reads a variable that no tokenizer here has.
                case "ai-sage/GigaChat-20B-A3B-instruct":
                    Assert.False((bool)vector["supported_with_jinja"]!);
                    Assert.Contains("'additional_special_tokens' is undefined", Assert.Throws<TemplateException>(() => Render(vector, messages)).Message, StringComparison.Ordinal);
                    break;

                // What is in the file is the name of a macro of C++ that stood before the text; this is Jinja's render.
                case "DeepSeek-V2":
                    Assert.Equal("U8C", (string)expected!);
                    Assert.Equal(
                        "You are a helpful assistant\n\nUser: Hello\n\nAssistant: Hi thereUser: Who are you\n\nAssistant:    I am an assistant   User: Another question\n\nAssistant:",
                        Render(vector, messages));
                    break;
                default:
                    Assert.Equal((string)expected!, Render(vector, messages));
                    break;
            }
        }
    }

    /// <summary>Renders with the system message; templates without a place for one get it in the first user message.</summary>
    private static string Render(JsonNode vector, JsonArray messages)
    {
        var system = (string)messages[0]!["content"]!;
        try
        {
            var text = RenderOnce(vector, messages);
            if (text.Contains(system, StringComparison.Ordinal))
            {
                return text;
            }
        }
        catch (TemplateException problem) when (!problem.Message.Contains("undefined", StringComparison.Ordinal))
        {
        }

        var merged = messages.DeepClone().AsArray();
        merged.RemoveAt(0);
        merged[0]!["content"] = $"{system}\n{merged[0]!["content"]}";
        return RenderOnce(vector, merged);
    }

    private static string RenderOnce(JsonNode vector, JsonArray messages) =>
        Templates.Render((string)vector["template_str"]!, new JsonObject
        {
            ["messages"] = messages.DeepClone(),
            ["add_generation_prompt"] = true,
            ["bos_token"] = (string?)vector["bos_token"] ?? "",
            ["eos_token"] = (string?)vector["eos_token"] ?? "",
        });

    private static JsonArray Messages(JsonArray conversation) =>
        [.. conversation.Select(message => (JsonNode)new JsonObject { ["role"] = (string)message![0]!, ["content"] = (string)message[1]! })];

    /// <summary>The expected text. One template prints its tools as a string, which JavaScript's Jinja writes as JSON and Python's not.</summary>
    private static string Target(JsonNode vector)
    {
        var target = (string)vector["target"]!;
        return (string)vector["name"]! != "MadeAgents/Hammer2.1" ? target : string.Join('\n', target.Split('\n').Select(line =>
            line.StartsWith("[{\"type\": \"function\"", StringComparison.Ordinal) ? AsPython(line) : line));
    }

    private static string AsPython(string json) => json
        .Replace("\\\"", "\u0001", StringComparison.Ordinal).Replace('"', '\'').Replace('\u0001', '"');

    private static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(TestData.Path($"templates/expected/{name}")))!;
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>What families' own templates render of a message with reasoning and calls is read back, however it is cut into tokens.</summary>
public sealed class TemplateRoundTripTests
{
    public static TheoryData<string> Templates => [.. ChatCase.All.Select(chat => chat.Template)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_tells_its_syntax(string template)
    {
        var chat = Find(template);
        Assert.Equal(chat.Syntax, ChatSyntax.Detect(chat.Source).Name);
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void What_a_template_renders_is_read_back(string template)
    {
        var chat = Find(template);
        var text = chat.Render();
        var syntax = ChatSyntax.Named(chat.Syntax);

        var controls = ChatVocabulary.WithControls(syntax);
        Check(chat, text, controls, controls.Encode(text, parseSpecial: true));
        Check(chat, text, ChatVocabulary.Bytes, ChatVocabulary.Bytes.Encode(text));
        var (whole, one) = ChatVocabulary.Cut(text, _ => int.MaxValue);
        Check(chat, text, whole, one);
        Prop.ForAll(Gen.Choose(0, 1 << 20).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var (tokenizer, tokens) = ChatVocabulary.Cut(text, _ => random.Next(1, 1 << random.Next(1, 6)));
            Check(chat, text, tokenizer, tokens);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_message_without_calls_is_read_back(string template)
    {
        var chat = Find(template);
        var text = chat.Render(withCalls: false);
        var answer = Answer.Read(ChatSyntax.Named(chat.Syntax), ChatVocabulary.Bytes, [], ChatVocabulary.Bytes.Encode(text), ChatCase.Tools);
        Assert.Empty(answer.Calls);
        Assert.Equal(ChatCase.Text, answer.Text.Trim());
        Assert.Contains(answer.Reasoning.Trim(), (string[])["", ChatCase.Reasoning]);
    }

    [Fact]
    public void Other_templates_are_not_mistaken()
    {
        string[] plain = ["ik_llama.cpp/google-gemma-2-2b-it", "ik_llama.cpp/microsoft-Phi-3.5-mini-instruct", "ik_llama.cpp/unsloth-Apriel-1.5", "ik_llama.cpp/meetkai-functionary-medium-v3.1"];
        Assert.All(plain, name => Assert.Same(ChatSyntax.Plain, Detect(name)));
        Assert.Same(ChatSyntax.Plain, ChatSyntax.Detect(null));
        Assert.Same(ChatSyntax.Plain, ChatSyntax.Detect("{{ messages }}"));
        Assert.Equal("think", Detect("ik_llama.cpp/ibm-granite-granite-3.3-2B-Instruct").Name);

        static ChatSyntax Detect(string name) =>
            ChatSyntax.Detect(File.ReadAllText(AiKernels.Tests.Shared.TestData.Path($"templates/{name}.jinja")));
    }

    private static ChatCase Find(string template) => ChatCase.All.First(chat => chat.Template == template);

    private static void Check(ChatCase chat, string text, Tokenizer tokenizer, IReadOnlyList<int> tokens)
    {
        Assert.Equal(text, Encoding.UTF8.GetString([.. tokens.SelectMany(token => tokenizer.Piece(token).ToArray())]));
        // Between tags the tools' schemas tell what is a string.
        foreach (var tools in chat.Syntax is "qwen3-coder" or "glm" ? [ChatCase.Tools] : (IReadOnlyList<ToolDefinition>?[])[ChatCase.Tools, null])
        {
            var answer = Answer.Read(ChatSyntax.Named(chat.Syntax), tokenizer, [], tokens, tools);
            Assert.Equal(chat.HasText ? ChatCase.Text : "", answer.Text.TrimStart(' '));
            Assert.Equal(chat.HasReasoning ? ChatCase.Reasoning : "", answer.Reasoning);
            Assert.Equal(chat.Calls.Select(call => call.Name), answer.Calls.Select(call => call.Name));
            Assert.All(chat.Calls.Zip(answer.Calls), pair => Assert.True(
                JsonNode.DeepEquals(JsonNode.Parse(pair.First.Arguments), JsonNode.Parse(pair.Second.Arguments)), pair.Second.Arguments));
            Assert.All(answer.Calls, call => Assert.Equal(chat.HasIds, call.Id is not null));
        }
    }
}

using AiKernels.Cpu;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Tests.Grammars;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Chat;

/// <summary>The embedded model, which knows nothing of tools, calls them as their schemas want it.</summary>
public sealed class ToolGenerationTests : IDisposable
{
    private const int Generations = 40;

    private static readonly ToolDefinition[] Tools =
    [
        new("summon", "Summons somebody.", """
            {"type": "object", "properties": {
                "who": {"type": "string", "minLength": 1, "maxLength": 12}, "scene": {"type": "integer", "minimum": 1, "maximum": 99},
                "alive": {"type": "boolean"}, "props": {"type": "array", "items": {"enum": ["sword", "skull"]}, "maxItems": 2, "uniqueItems": true}},
             "required": ["who", "scene"], "additionalProperties": false}
            """),
        new("exeunt", "All leave.", """{"type": "object", "properties": {"pursued_by": {"enum": ["a bear", "nobody"]}}, "additionalProperties": false}"""),
    ];

    private readonly CpuBackend _backend = new(2);
    private readonly LanguageModel _model;
    private readonly InferenceEngine _engine;

    public ToolGenerationTests()
    {
        _model = LanguageModel.Load(
            Repository.Path("samples/DemoModel/shakespeare.gguf"), _backend, new ModelOptions { ContextLength = 512, CacheLength = 8192 });
        _engine = new InferenceEngine(_model);
    }

    public static TheoryData<string> Syntaxes => [.. ChatSyntax.Names.Where(name => ChatSyntax.Named(name).HasToolCalls)];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _engine.Dispose();
        _model.Dispose();
        _backend.Dispose();
    }

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public async Task Whatever_is_generated_is_a_call_that_fits(string name)
    {
        var syntax = ChatSyntax.Named(name);
        var grammar = ToolGrammar.For(
            syntax, Tools, ToolChoice.Required, _model.Tokenizer, new() { IsParallel = false, Thinking = ThinkingState.Over, Whitespace = JsonWhitespace.OneSpace });
        var answers = await Task.WhenAll(Enumerable.Range(0, Generations).Select(seed => Generate(syntax, grammar, seed)));
        Assert.All(answers, answer =>
        {
            Assert.Equal("", answer.Text + answer.Reasoning);
            var call = Assert.Single(answer.Calls);
            var tool = Tools.First(one => one.Name == call.Name);
            Assert.True(SchemaValidator.IsValid(tool.Parameters!.ToJsonString(), call.Arguments), call.ToString());
        });
        Assert.True(answers.Select(answer => answer.Calls[0]).Distinct().Count() > 1, "they differ");
    }

    [Fact]
    public async Task A_receipt_brings_the_tools_with_it()
    {
        var grammar = ToolGrammar.For(ChatSyntax.Named("hermes"), Tools, ToolChoice.Named("summon"), _model.Tokenizer, new() { Thinking = ThinkingState.Over, Whitespace = JsonWhitespace.OneSpace });
        var generation = _engine.Submit("JULIET:\n", new GenerationOptions { Grammar = grammar, MaxTokens = 200, Sampling = new() { Seed = 1 } }, TestEnds);
        _ = await generation.ToArrayAsync(TestEnds);
        var receipt = GenerationReceipt.Parse(generation.Receipt.ToJson());
        var again = _engine.Submit([.. receipt.Prompt], receipt.OptionsFor(_model), TestEnds);
        _ = await again.ToArrayAsync(TestEnds);
        Assert.True(receipt.IsSame(again.Receipt));
    }

    private async Task<Answer> Generate(ChatSyntax syntax, Grammar grammar, int seed)
    {
        var prompt = _model.Tokenizer.EncodeWithSpecial("JULIET:\n");
        var options = new GenerationOptions { Grammar = grammar, MaxTokens = 450, Sampling = new() { Temperature = 1, Seed = (ulong)seed } };
        var generation = _engine.Submit(prompt, options, TestEnds);
        var tokens = await generation.Select(token => token.Id).ToArrayAsync(TestEnds);
        var answer = Answer.Read(syntax, _model.Tokenizer, prompt, tokens, Tools);
        return generation.FinishReason == FinishReason.Stop ? answer : answer with { Text = $"{generation.FinishReason}: {_model.Tokenizer.Decode(tokens)}" };
    }
}

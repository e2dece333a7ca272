using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Templates;
using AiKernels.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace AiKernels.Hosting.Tests;

/// <summary>The examples in the documentation are there and compile; and what they show works, with the model in the repository.</summary>
public class ExampleTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private static readonly DocumentedExamples Examples = new(typeof(AiKernelsChatClient).Assembly, typeof(AiKernelsChatClient).Namespace!);

    [Fact]
    public void Every_type_has_an_example() => Examples.AssertEveryTypeHasOne();

    [Fact]
    public void All_examples_compile() => Examples.AssertAllCompile(
        [
            "System", "System.Threading.Tasks", "Microsoft.Extensions.AI", "Microsoft.Extensions.DependencyInjection",
            "AiKernels.Cpu", "AiKernels.Hosting", "AiKernels.Runtime.Engine",
        ],
        """
        static readonly LanguageModel model = null!; static readonly InferenceEngine engine = null!;
        static readonly IServiceCollection services = null!; static readonly IServiceProvider provider = null!; static readonly AiKernelsOptions options = null!;
        """,
        typeof(CpuBackend).Assembly,
        typeof(HealthCheckService).Assembly,
        typeof(HealthChecksBuilderAddCheckExtensions).Assembly,
        typeof(IHealthChecksBuilder).Assembly);

    [Fact]
    public async Task An_app_has_a_model_among_its_services()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddAiKernels(options =>
        {
            options.ModelPath = Repository.Path(DemoModel.Path);
            options.Backend = _ => new CpuBackend();
            options.CacheLength = 32_768;
            options.WarmUp = WarmUp.BeforeStart;
        });
        services.AddKeyedAiKernels("small", options =>
        {
            options.ModelPath = Repository.Path(DemoModel.Path);
            options.Backend = _ => new CpuBackend();
            options.WarmUp = WarmUp.WithFirstRequest;
        });
        services.AddHealthChecks().AddCheck<AiKernelsHealthCheck>("aikernels");
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();
        Assert.NotEmpty((await client.GetResponseAsync("What is a llama?", new ChatOptions { MaxOutputTokens = 5 }, TestEnds)).Text);
        Assert.Equal(HealthStatus.Healthy, (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestEnds)).Status);
    }

    [Fact]
    public async Task A_client_streams()
    {
        var engine = new InferenceEngine(demo.Model);
        using IChatClient client = new AiKernelsChatClient(engine, new ChatClientOptions { ModelId = "shakespeare", OwnsEngine = true });
        var said = "";
        await foreach (var update in client.GetStreamingResponseAsync("What is a llama?", new ChatOptions { Temperature = 0.7f, MaxOutputTokens = 9 }, TestEnds))
        {
            said += update.Text;
        }

        Assert.NotEmpty(said);
    }

    [Fact]
    public async Task A_generator_makes_vectors()
    {
        using var generator = new AiKernelsEmbeddingGenerator(demo.Model, new EmbeddingGeneratorOptions { Normalizes = false, Pooling = EmbeddingPooling.Last });
        var vector = await generator.GenerateVectorAsync("What is a llama?", cancellationToken: TestEnds);
        Assert.Equal(demo.Model.Decoder.Spec.Width, vector.Length);
    }

    [Fact]
    public void Prompts_are_made_of_conversations()
    {
        var context = new System.Text.Json.Nodes.JsonObject
        {
            ["messages"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["role"] = "user", ["content"] = "a" }),
        };
        var encoder = new PromptEncoder(demo.Model.ChatTemplates, demo.Model.Tokenizer, "chatml");
        Assert.NotEmpty(encoder.Encode(context));
        Assert.Equal(new ToolCallForm(false, false) { KeepsCalls = false }, ToolCallForm.Of(demo.Model.ChatTemplates, "chatml"));
    }
}

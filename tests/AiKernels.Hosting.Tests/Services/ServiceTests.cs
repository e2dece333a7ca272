using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;
using AiKernels.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace AiKernels.Hosting.Tests.Services;

public class ServiceTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_finds_all_services_of_its_model()
    {
        var services = new ServiceCollection().AddAiKernels(Demo);
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        var client = provider.GetRequiredService<IChatClient>();
        Assert.Same(provider.GetRequiredService<InferenceEngine>(), client.GetService<InferenceEngine>());
        Assert.Same(provider.GetRequiredService<LanguageModel>(), client.GetService<LanguageModel>());
        Assert.NotEmpty((await client.GetResponseAsync("a", new ChatOptions { MaxOutputTokens = 3 }, TestEnds)).Text);
        Assert.Single(await provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync(["a"], cancellationToken: TestEnds));
        Assert.Same(client, provider.GetRequiredService<IChatClient>());
    }

    [Fact]
    public async Task Several_models_have_keys()
    {
        var services = new ServiceCollection();
        services.AddKeyedAiKernels("a", options => { Demo(options); options.ModelId = "model a"; });
        services.AddKeyedAiKernels("b", options => { Demo(options); options.ContextLength = 64; });
        await using var provider = services.BuildServiceProvider();
        Assert.Equal("model a", provider.GetRequiredKeyedService<IChatClient>("a").GetRequiredService<ChatClientMetadata>().DefaultModelId);
        Assert.Equal(64, provider.GetRequiredKeyedService<LanguageModel>("b").ContextLength);
        Assert.NotSame(provider.GetRequiredKeyedService<InferenceEngine>("a"), provider.GetRequiredKeyedService<InferenceEngine>("b"));
        Assert.Null(provider.GetService<IChatClient>());
    }

    [Theory]
    [InlineData(WarmUp.BeforeStart)]
    [InlineData(WarmUp.InBackground)]
    [InlineData(WarmUp.WithFirstRequest)]
    public async Task A_host_warms_up_when_it_should_and_frees_all(WarmUp warmUp)
    {
        var log = new LogLines();
        using var host = Host(options => { Demo(options); options.WarmUp = warmUp; }, log);
        var health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(warmUp == WarmUp.WithFirstRequest ? HealthStatus.Healthy : HealthStatus.Unhealthy, (await health.CheckHealthAsync(TestEnds)).Status);

        await host.StartAsync(TestEnds);
        Assert.True(warmUp == WarmUp.InBackground || log.Contains("Warmed up in") == (warmUp == WarmUp.BeforeStart), "it is warm when it should be");
        var answer = await host.Services.GetRequiredService<IChatClient>().GetResponseAsync("the secret of the prompt", new ChatOptions { MaxOutputTokens = 3 }, TestEnds);
        await Eventually.Is(() => warmUp != WarmUp.InBackground || log.Contains("Warmed up in"));

        var report = await health.CheckHealthAsync(TestEnds);
        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal(["cache_use", "running", "waiting"], report.Entries["aikernels"].Data.Keys.Order());
        Assert.True(log.Contains("Loaded") && log.Contains("Answered with 3 tokens"), "it is logged");
        Assert.False(log.Contains("secret") || log.Contains(answer.Text), "what was said is not");
        await host.StopAsync(TestEnds);
        var engine = host.Services.GetRequiredService<InferenceEngine>();
        host.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { engine.Model.CreateSequence(); });
        Assert.NotNull(engine.Fault);
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_ends_the_start_or_makes_the_app_ill()
    {
        using var broken = new TemporaryFile("no model"u8);
        using (var host = Host(options => { Demo(options); options.ModelPath = broken.Path; options.WarmUp = WarmUp.BeforeStart; }, new LogLines()))
        {
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(TestEnds));
            Assert.Contains($"the model {broken.Path} could not be loaded", failure.Message, StringComparison.Ordinal);
        }

        var log = new LogLines();
        using var ill = Host(options => { Demo(options); options.ModelPath = broken.Path; }, log);
        await ill.StartAsync(TestEnds);
        Assert.Throws<InvalidOperationException>(() => ill.Services.GetRequiredService<IChatClient>());
        var report = await ill.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestEnds);
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.IsType<InvalidDataException>(report.Entries["aikernels"].Exception);
        Assert.True(log.Contains("failed"), "it is logged");
        await ill.StopAsync(TestEnds);
    }

    [Fact]
    public async Task A_warm_up_that_fails_is_logged()
    {
        var log = new LogLines();
        using var host = Host(Demo, log);
        host.Services.GetRequiredService<InferenceEngine>().Dispose();
        await host.StartAsync(TestEnds);
        await Eventually.Is(() => log.Contains($"Warming up {Repository.Path(DemoModel.Path)} failed"));
        await host.StopAsync(TestEnds);
    }

    [Fact]
    public async Task A_model_with_too_much_to_do_to_be_warmed_up_is_not_ill()
    {
        using var host = Host(options => { Demo(options); (options.Engine, options.WarmUp) = (new EngineOptions { MaxSequences = 1, MaxWaiting = 1 }, WarmUp.BeforeStart); }, new LogLines());
        var engine = host.Services.GetRequiredService<InferenceEngine>();
        using var goOn = new ManualResetEventSlim();
        var slow = new GenerationOptions { MaxTokens = 1, Script = _ => { goOn.Wait(TestEnds); return 1; } };
        Generation[] requests = [engine.Submit([1], slow, TestEnds), engine.Submit([2], slow, TestEnds)];
        try
        {
            await host.StartAsync(TestEnds);
        }
        finally
        {
            goOn.Set(); // Else the engine's thread never ends.
        }

        await Task.WhenAll(requests.Select(request => request.Completion));
        await Eventually.Is(() => engine.Load is { Running: 0, Waiting: 0 });
        Assert.Equal(HealthStatus.Healthy, (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestEnds)).Status);
        await host.StopAsync(TestEnds);
    }

    [Fact]
    public async Task A_template_that_is_not_there_ends_the_start()
    {
        var log = new LogLines();
        using var host = Host(options => { Demo(options); (options.Template, options.WarmUp) = ("none", WarmUp.BeforeStart); }, log);
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync(TestEnds));
        Assert.Contains("there is no chat template 'none'", failure.Message, StringComparison.Ordinal);
        Assert.True(log.Contains("Warming up"), "it is logged");
    }

    [Fact]
    public async Task A_model_that_is_added_twice_is_configured_further()
    {
        var log = new LogLines();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(log);
        builder.Services.AddKeyedAiKernels("a", options => { Demo(options); options.ModelId = "first"; });
        builder.Services.AddKeyedAiKernels("a", options => (options.ModelId, options.WarmUp) = ("second", WarmUp.BeforeStart));
        using var host = builder.Build();
        Assert.Single(host.Services.GetServices<IHostedService>());
        await host.StartAsync(TestEnds);
        var client = host.Services.GetRequiredKeyedService<IChatClient>("a");
        Assert.Equal(("second", 128), (client.GetRequiredService<ChatClientMetadata>().DefaultModelId, client.GetRequiredService<LanguageModel>().ContextLength));
        await host.StopAsync(TestEnds);
    }

    [Fact]
    public async Task Services_may_be_stopped_after_all_was_disposed()
    {
        var host = Host(Demo, new LogLines());
        await host.StartAsync(TestEnds);
        var services = host.Services.GetServices<IHostedService>().ToArray();
        host.Dispose();
        foreach (var service in services)
        {
            await service.StopAsync(TestEnds);
        }
    }

    [Fact]
    public async Task A_folder_is_no_model()
    {
        using var host = Host(options => { Demo(options); options.ModelPath = Path.GetTempPath(); }, new LogLines());
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestEnds));
        Assert.Contains("which is a folder and no file", Assert.Single(refusal.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_told_as_well()
    {
        using var host = Host(options => { Demo(options); options.FallbackTemplate = null!; }, new LogLines());
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestEnds));
        Assert.StartsWith("FallbackTemplate must be one of", Assert.Single(refusal.Failures), StringComparison.Ordinal);

        using var other = Host(options => { Demo(options); (options.Backend, options.WarmUp) = (_ => null!, WarmUp.BeforeStart); }, new LogLines());
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => other.StartAsync(TestEnds));
        Assert.EndsWith("could not be loaded: Backend made none", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_cannot_be_kept_are_logged()
    {
        var log = new LogLines();
        using var host = Host(options => { Demo(options); (options.PackedCacheFolder, options.WarmUp) = (Repository.Path("README.md"), WarmUp.BeforeStart); }, log);
        await host.StartAsync(TestEnds);
        Assert.True(log.Contains("Packed weights can't be kept in"), "it is logged");
        await host.StopAsync(TestEnds);
    }

    [Fact]
    public void Options_come_from_the_configuration()
    {
        using var host = Configured(
            new("AiKernels:ModelPath", Repository.Path(DemoModel.Path)), new("AiKernels:KeyValueType", "F16"),
            new("AiKernels:Engine:MaxSequences", "3"), new("AiKernels:Sampling:TopK", "7"));
        var options = host.Services.GetRequiredService<IOptions<AiKernelsOptions>>().Value;
        Assert.Equal((GgmlType.F16, 3, 7), (options.KeyValueType, options.Engine.MaxSequences, options.Sampling.TopK));
    }

    [Theory]
    [InlineData("AiKernels:ModelPth")]
    [InlineData("AiKernels:Sampling:TopKay")]
    public void A_key_that_is_misspelt_is_refused_by_name(string key)
    {
        using var host = Configured(new KeyValuePair<string, string?>(key, "1"));
        var fault = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<IOptions<AiKernelsOptions>>().Value);
        Assert.Contains(key[(key.LastIndexOf(':') + 1)..], fault.Message);
    }

    [Fact]
    public async Task An_engine_that_has_ended_is_ill()
    {
        using var host = Host(Demo, new LogLines());
        host.Services.GetRequiredService<InferenceEngine>().Dispose();
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestEnds);
        Assert.Equal((HealthStatus.Unhealthy, "the engine has ended"), (report.Status, report.Entries["aikernels"].Description));
    }

    [Fact]
    public async Task Each_fault_of_the_options_is_told_in_a_sentence_before_the_start()
    {
        using var host = Host(
            options =>
            {
                (options.ModelPath, options.Backend, options.ContextLength, options.CacheLength) = ("missing.gguf", null, -1, -2);
                (options.Template, options.TemplatePath) = ("chatml", "missing.jinja");
                (options.KeyValueType, options.MemoryLimit, options.MaxOutputTokens) = (GgmlType.Q6_K, -3, -4);
                (options.FallbackTemplate, options.Syntax, options.Pooling, options.WarmUp) = ("x", "y", (EmbeddingPooling)7, (WarmUp)8);
                options.JsonWhitespace = (JsonWhitespace)9;
                (options.Engine, options.Sampling) = (new EngineOptions { MaxSequences = 0 }, new SamplingOptions { TopP = 3 });
            },
            new LogLines());
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestEnds));
        string[] beginnings =
        [
            $"ModelPath names missing.gguf, and there is no file {Path.GetFullPath("missing.gguf")}",
            "TemplatePath names missing.jinja, and there is no file", "Template and TemplatePath both", "Backend must", "ContextLength must", "CacheLength must", "MemoryLimit must",
            "KeyValueType must be one of F32", "FallbackTemplate must be one of", "Syntax must be one of", "MaxOutputTokens must",
            "Pooling must be one of Mean", "WarmUp must be one of InBackground", "JsonWhitespace must be one of Free", "Engine: ", "Sampling: TopP must be",
        ];
        Assert.Equal(beginnings.Length, refusal.Failures.Count());
        Assert.All(refusal.Failures.Zip(beginnings), pair => Assert.StartsWith(pair.Second, pair.First, StringComparison.Ordinal));
        Assert.All(refusal.Failures, fault => Assert.DoesNotContain('\n', fault));
    }

    [Fact]
    public async Task One_health_check_tells_of_all_models()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddKeyedAiKernels("good", options => { Demo(options); options.WarmUp = WarmUp.WithFirstRequest; });
        services.AddKeyedAiKernels("bad", options => { Demo(options); options.ModelPath = "missing.gguf"; });
        services.AddHealthChecks().AddCheck<AiKernelsHealthCheck>("aikernels");
        await using var provider = services.BuildServiceProvider();
        var entry = (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestEnds)).Entries["aikernels"];
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal("good: the model is loaded with the first request; bad: the model's options are wrong", entry.Description);
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("good", _ => null!, null, null) };
        Assert.Equal(HealthStatus.Healthy, (await provider.GetRequiredKeyedService<AiKernelsHealthCheck>("good").CheckHealthAsync(context, TestEnds)).Status);
    }

    [Fact]
    public async Task A_template_that_is_not_there_is_no_health()
    {
        using var host = Host(options => { Demo(options); options.Template = "none"; }, new LogLines());
        await host.StartAsync(TestEnds);
        var health = host.Services.GetRequiredService<HealthCheckService>();
        await Eventually.Is(() => health.CheckHealthAsync(TestEnds).GetAwaiter().GetResult().Entries["aikernels"].Exception is not null);
        var report = await health.CheckHealthAsync(TestEnds);
        Assert.Equal("the model could not be loaded or warmed up", report.Entries["aikernels"].Description);
    }

    private static void Demo(AiKernelsOptions options)
    {
        options.ModelPath = Repository.Path(DemoModel.Path);
        options.Backend = _ => new CpuBackend(1);
        options.ContextLength = 128;
    }

    /// <summary>A host by the README's line for configurations.</summary>
    private static IHost Configured(params KeyValuePair<string, string?>[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddOptions<AiKernelsOptions>().BindConfiguration("AiKernels", binder => binder.ErrorOnUnknownConfiguration = true);
        builder.Services.AddAiKernels(options => options.Backend = _ => new CpuBackend(1));
        return builder.Build();
    }

    private static IHost Host(Action<AiKernelsOptions> configure, LogLines log)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddAiKernels(configure).AddHealthChecks().AddCheck<AiKernelsHealthCheck>("aikernels");
        return builder.Build();
    }
}

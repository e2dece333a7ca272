using AiKernels.Hosting.Services;
using AiKernels.Runtime.Engine;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AiKernels.Hosting;

/// <summary>A model among an app's services.</summary>
public static class AiKernelsServiceCollectionExtensions
{
    /// <summary>
    /// Adds a model: <see cref="LanguageModel"/>, <see cref="InferenceEngine"/>, <see cref="IChatClient"/>,
    /// <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of <see cref="string"/> and <see cref="Embedding{T}"/> of
    /// <see cref="float"/>, and one <see cref="AiKernelsHealthCheck"/> for all models, all of them singletons, and a hosted service that warms it up.
    /// Added once more, it is configured further.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Says which model, and how. What is wrong with it is told when the app starts.</param>
    /// <example>
    /// <code>
    /// services.AddAiKernels(options =>
    /// {
    ///     options.ModelPath = "model.gguf";
    ///     options.Backend = _ => new CpuBackend();
    /// });
    /// </code>
    /// </example>
    public static IServiceCollection AddAiKernels(this IServiceCollection services, Action<AiKernelsOptions> configure) =>
        Add(services, key: null, configure);

    /// <summary>Adds one of several models, whose services are found by a key.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="key">The key, which is also the name of its options.</param>
    /// <param name="configure">Says which model, and how. What is wrong with it is told when the app starts.</param>
    /// <example>
    /// <code>
    /// services.AddKeyedAiKernels("small", options =>
    /// {
    ///     options.ModelPath = "small.gguf";
    ///     options.Backend = _ => new CpuBackend();
    /// });
    /// var client = provider.GetRequiredKeyedService&lt;IChatClient&gt;("small");
    /// </code>
    /// </example>
    public static IServiceCollection AddKeyedAiKernels(
        this IServiceCollection services, string key, Action<AiKernelsOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Add(services, key, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string? key, Action<AiKernelsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var name = key ?? Options.DefaultName;
        services.AddOptions<AiKernelsOptions>(name).Configure(configure).ValidateOnStart();
        if (services.Any(service => service.ServiceType == typeof(HostedModel) && Equals(service.ServiceKey, key)))
        {
            return services; // It is there, and now configured further.
        }

        services.AddSingleton<IValidateOptions<AiKernelsOptions>>(new AiKernelsOptionsValidator(name));
        services.AddKeyedSingleton(key, (provider, _) => new HostedModel(
            provider.GetRequiredService<IOptionsMonitor<AiKernelsOptions>>().Get(name), provider, Logger<HostedModel>(provider)));
        services.AddKeyedSingleton(key, (provider, _) => Model(provider, key).Engine.Model);
        services.AddKeyedSingleton(key, (provider, _) => Model(provider, key).Engine);
        services.AddKeyedSingleton<IChatClient>(key, (provider, _) => new AiKernelsChatClient(
            provider.GetRequiredKeyedService<InferenceEngine>(key),
            Model(provider, key).Options.ForChat(provider.GetService<TimeProvider>()),
            Logger<AiKernelsChatClient>(provider)));
        services.AddKeyedSingleton<IEmbeddingGenerator<string, Embedding<float>>>(key, (provider, _) => new AiKernelsEmbeddingGenerator(
            provider.GetRequiredKeyedService<LanguageModel>(key), Model(provider, key).Options.ForEmbeddings));
        services.AddSingleton(new ModelKey(key));
        services.TryAddSingleton(provider => new AiKernelsHealthCheck(
            provider.GetServices<ModelKey>().Select(model => (model.Key, Finding(provider, model.Key)))));
        if (key is not null)
        {
            services.AddKeyedSingleton(key, (provider, _) => new AiKernelsHealthCheck([(key, Finding(provider, key))]));
        }

        services.AddSingleton<IHostedService>(provider => new WarmUpService(
            Model(provider, key), () => provider.GetRequiredKeyedService<IChatClient>(key)));
        return services;
    }

    /// <summary>That there is a model of a key, or without one.</summary>
    private sealed record ModelKey(string? Key);

    private static HostedModel Model(IServiceProvider provider, string? key) => provider.GetRequiredKeyedService<HostedModel>(key);

    private static Func<HostedModel> Finding(IServiceProvider provider, string? key) => () => Model(provider, key);

    private static ILogger<T> Logger<T>(IServiceProvider provider) =>
        provider.GetService<ILoggerFactory>()?.CreateLogger<T>() ?? NullLogger<T>.Instance;
}

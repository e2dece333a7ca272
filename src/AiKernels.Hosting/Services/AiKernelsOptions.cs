using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Templates;

namespace AiKernels.Hosting;

/// <summary>
/// Which model an app has, where it runs and how it answers: see
/// <see cref="AiKernelsServiceCollectionExtensions.AddAiKernels(Microsoft.Extensions.DependencyInjection.IServiceCollection, Action{AiKernelsOptions})"/>.
/// </summary>
/// <example>
/// <code>
/// services.AddAiKernels(options =>
/// {
///     options.ModelPath = "model.gguf";
///     options.Backend = _ => new CpuBackend();
///     options.CacheLength = 32_768;
///     options.WarmUp = WarmUp.BeforeStart;
/// });
/// </code>
/// </example>
public sealed class AiKernelsOptions
{
    /// <summary>The model, a GGUF file.</summary>
    public string ModelPath { get; set; } = "";

    /// <summary>Makes what the model runs on, which is disposed with the model.</summary>
    public Func<IServiceProvider, IBackend>? Backend { get; set; }

    /// <summary>What the model is called; null for its own name.</summary>
    public string? ModelId { get; set; }

    /// <summary>See <see cref="ModelOptions.ContextLength"/>.</summary>
    public int ContextLength { get; set; }

    /// <summary>See <see cref="ModelOptions.CacheLength"/>.</summary>
    public int CacheLength { get; set; }

    /// <summary>See <see cref="ModelOptions.KeyValueType"/>.</summary>
    public GgmlType KeyValueType { get; set; } = GgmlType.F32;

    /// <summary>See <see cref="ModelOptions.MemoryLimit"/>.</summary>
    public long MemoryLimit { get; set; }

    /// <summary>See <see cref="ModelOptions.PackedCacheFolder"/>.</summary>
    public string? PackedCacheFolder { get; set; }

    /// <summary>How the engine shares the machine out.</summary>
    public EngineOptions Engine { get; set; } = new();

    /// <summary>See <see cref="ChatClientOptions.Template"/>.</summary>
    public string? Template { get; set; }

    /// <summary>A file with a template in place of those that the model brings, in Jinja; null for the model's.</summary>
    public string? TemplatePath { get; set; }

    /// <summary>See <see cref="ChatClientOptions.FallbackTemplate"/>.</summary>
    public string FallbackTemplate { get; set; } = "chatml";

    /// <summary>See <see cref="ChatClientOptions.Syntax"/>.</summary>
    public string? Syntax { get; set; }

    /// <summary>See <see cref="ChatClientOptions.JsonWhitespace"/>.</summary>
    public JsonWhitespace JsonWhitespace { get; set; }

    /// <summary>See <see cref="ChatClientOptions.ConstrainsToolCalls"/>.</summary>
    public bool ConstrainsToolCalls { get; set; }

    /// <summary>See <see cref="ChatClientOptions.Sampling"/>.</summary>
    public SamplingOptions Sampling { get; set; } = new();

    /// <summary>See <see cref="ChatClientOptions.MaxOutputTokens"/>.</summary>
    public int? MaxOutputTokens { get; set; }

    /// <summary>See <see cref="EmbeddingGeneratorOptions.Pooling"/>.</summary>
    public EmbeddingPooling Pooling { get; set; }

    /// <summary>See <see cref="EmbeddingGeneratorOptions.Normalizes"/>.</summary>
    public bool NormalizesEmbeddings { get; set; } = true;

    /// <summary>When the model is loaded.</summary>
    public WarmUp WarmUp { get; set; } = WarmUp.InBackground;

    internal ModelOptions ForModel => new()
    {
        ContextLength = ContextLength,
        CacheLength = CacheLength,
        KeyValueType = KeyValueType,
        MemoryLimit = MemoryLimit,
        PackedCacheFolder = PackedCacheFolder,
    };

    internal ChatClientOptions ForChat(TimeProvider? clock) => new()
    {
        ModelId = ModelId,
        Template = Template,
        CustomTemplate = TemplatePath is { } path ? ChatTemplate.Parse(File.ReadAllText(path)) : null,
        FallbackTemplate = FallbackTemplate,
        Syntax = Syntax,
        JsonWhitespace = JsonWhitespace,
        ConstrainsToolCalls = ConstrainsToolCalls,
        Sampling = Sampling,
        MaxOutputTokens = MaxOutputTokens,
        Clock = clock ?? TimeProvider.System,
    };

    internal EmbeddingGeneratorOptions ForEmbeddings => new() { ModelId = ModelId, Pooling = Pooling, Normalizes = NormalizesEmbeddings };
}

/// <summary>When a model is loaded, and taken through a first token so that the next one finds all code compiled.</summary>
/// <example><code>options.WarmUp = WarmUp.BeforeStart;</code></example>
public enum WarmUp
{
    /// <summary>While the app starts; requests that come earlier wait.</summary>
    InBackground,

    /// <summary>Before the app is started; a model that can't be loaded ends the start.</summary>
    BeforeStart,

    /// <summary>With the first request.</summary>
    WithFirstRequest,
}

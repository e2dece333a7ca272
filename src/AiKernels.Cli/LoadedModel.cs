using System.Diagnostics;
using AiKernels.Cli.Terminal;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;

namespace AiKernels.Cli;

/// <summary>A model on its backend, and how long it took to load.</summary>
internal sealed class LoadedModel : IDisposable
{
    private const int LongestSentence = 2000;

    private LoadedModel(IBackend backend, LanguageModel model, TimeSpan time)
    {
        Backend = backend;
        Model = model;
        LoadTime = time;
    }

    public IBackend Backend { get; }

    public LanguageModel Model { get; }

    public TimeSpan LoadTime { get; }

    /// <summary>Loads a model from its file; one that is used by token ids only needs no tokenizer, whatever it may name.</summary>
    public static LoadedModel FromFile(
        ModelFile file, bool withTokenizer, Device device, ModelOptions options, StatusLine status, CancellationToken cancellation)
    {
        var start = Begin(status);
        using var gguf = GgufFile.Open(file.Path);
        var loaded = Load(
            start,
            device.Open(backend => MemoryNeeds.Of(backend, gguf, options)),
            backend => LanguageModel.Load(gguf, backend, WithinMemory(options, backend), withTokenizer, cancellation));
        TellOfPackedCache(options.PackedCacheFolder, loaded);
        return loaded;
    }

    /// <summary>Makes a model of random weights.</summary>
    public static LoadedModel Random(
        ModelShape shape,
        QuantizationRecipe recipe,
        Device device,
        ModelOptions options,
        StatusLine status,
        CancellationToken cancellation)
    {
        var start = Begin(status);
        var source = new RandomTensorSource(shape, recipe);
        return Load(
            start,
            device.Open(backend => MemoryNeeds.Of(backend, shape.Spec, source, options)),
            backend => LanguageModel.Create(backend, shape.Spec, source, tokenizer: null, WithinMemory(options, backend), cancellation));
    }

    public void Dispose()
    {
        Model.Dispose();
        Backend.Dispose();
    }

    /// <summary>
    /// Weights that don't fit in the processor's memory would end in the system ending this process, or another one. Where a
    /// GPU has some, <see cref="Device"/> has seen to it.
    /// </summary>
    private static ModelOptions WithinMemory(ModelOptions options, IBackend backend) => backend is CpuBackend
        ? options with { MemoryLimit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes }
        : options;

    private static void TellOfPackedCache(string? folder, LoadedModel loaded)
    {
        var result = loaded.Model.PackedCache;
        if (folder is not null && result is null)
        {
            Console.Error.WriteLine($"packed weights are not kept: {loaded.Backend.Description} lays them out in a way of its own");
        }

        if (result is null or { State: PackedCacheState.Used })
        {
            return;
        }

        var damage = result.State == PackedCacheState.Written && result.Problem is not null ? $"; the earlier file was not used: it {result.Problem}" : "";
        Console.Error.WriteLine(Printable.Text(
            result.State == PackedCacheState.Written
                ? $"packed weights were written to '{result.Path}'{damage}"
                : $"packed weights can't be kept: {result.Problem}",
            LongestSentence));
    }

    private static long Begin(StatusLine status)
    {
        status.Show(() => "loading the model");
        return Stopwatch.GetTimestamp();
    }

    private static LoadedModel Load(long start, IBackend backend, Func<IBackend, LanguageModel> load)
    {
        try
        {
            return new LoadedModel(backend, load(backend), Stopwatch.GetElapsedTime(start));
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>A sentence on standard error where the context is longer than the model was trained for.</summary>
    public void WarnOfLongContext()
    {
        var trained = Model.Decoder.Spec.ContextLength;
        if (Model.ContextLength > trained)
        {
            Console.Error.WriteLine($"the model was trained on {Numbers.Count(trained, "token")}; a longer context may not make sense to it");
        }
    }
}

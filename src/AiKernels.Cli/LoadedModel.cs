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

    private LoadedModel(CpuBackend backend, LanguageModel model, TimeSpan time)
    {
        Backend = backend;
        Model = model;
        LoadTime = time;
    }

    private delegate LanguageModel Loader(CpuBackend backend);

    public CpuBackend Backend { get; }

    public LanguageModel Model { get; }

    public TimeSpan LoadTime { get; }

    /// <summary>Loads a model from its file; one that is used by token ids only needs no tokenizer, whatever it may name.</summary>
    public static LoadedModel FromFile(
        ModelFile file, bool withTokenizer, int threads, ModelOptions options, StatusLine status, CancellationToken cancellation)
    {
        var loaded = Load(threads, status, backend =>
        {
            using var gguf = GgufFile.Open(file.Path);
            return LanguageModel.Load(gguf, backend, WithinMemory(options), withTokenizer, cancellation);
        });
        TellOfPackedCache(loaded.Model.PackedCache);
        return loaded;
    }

    /// <summary>Makes a model of random weights.</summary>
    public static LoadedModel Random(
        ModelShape shape,
        QuantizationRecipe recipe,
        int threads,
        ModelOptions options,
        StatusLine status,
        CancellationToken cancellation) =>
        Load(threads, status, backend =>
        {
            var source = new RandomTensorSource(shape, recipe);
            return LanguageModel.Create(backend, shape.Spec, source, tokenizer: null, WithinMemory(options), cancellation);
        });

    public void Dispose()
    {
        Model.Dispose();
        Backend.Dispose();
    }

    /// <summary>Weights that don't fit would end in the system ending this process, or another one.</summary>
    private static ModelOptions WithinMemory(ModelOptions options) =>
        options with { MemoryLimit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes };

    private static void TellOfPackedCache(PackedCacheResult? result)
    {
        if (result is null or { State: PackedCacheState.Used })
        {
            return;
        }

        var damage = result.State == PackedCacheState.Written && result.Problem is not null ? $"; the earlier ones: it {result.Problem}" : "";
        Console.Error.WriteLine(Printable.Text(
            result.State == PackedCacheState.Written
                ? $"packed weights were written to '{result.Path}'{damage}"
                : $"packed weights can't be kept: {result.Problem}",
            LongestSentence));
    }

    private static LoadedModel Load(int threads, StatusLine status, Loader load)
    {
        status.Show(() => "loading the model");
        var start = Stopwatch.GetTimestamp();
        var backend = new CpuBackend(threads);
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

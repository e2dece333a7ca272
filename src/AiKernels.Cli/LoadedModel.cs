using System.Diagnostics;
using AiKernels.Cli.Terminal;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;

namespace AiKernels.Cli;

/// <summary>A model on its backend, and how long it took to load.</summary>
internal sealed class LoadedModel : IDisposable
{
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

    /// <summary>Loads a model with its tokenizer.</summary>
    public static LoadedModel FromFile(
        ModelFile file, int threads, ModelOptions options, StatusLine status, CancellationToken cancellation) =>
        Load(threads, status, backend =>
        {
            using (var gguf = GgufFile.Open(file.Path))
            {
                CheckMemory(MemoryNeeds.Of(backend, gguf, options));
            }

            return LanguageModel.Load(file.Path, backend, options, cancellation);
        });

    /// <summary>Loads a model that is used by token ids only, whatever tokenizer it may name.</summary>
    public static LoadedModel WithoutTokenizer(
        ModelFile file, int threads, ModelOptions options, StatusLine status, CancellationToken cancellation) =>
        Load(threads, status, backend =>
        {
            using var gguf = GgufFile.Open(file.Path);
            CheckMemory(MemoryNeeds.Of(backend, gguf, options));
            return LanguageModel.Create(
                backend, Architecture.Read(gguf), new GgufTensorSource(gguf), tokenizer: null, options, cancellation);
        });

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
            CheckMemory(MemoryNeeds.Of(backend, shape.Spec, source, options));
            return LanguageModel.Create(backend, shape.Spec, source, tokenizer: null, options, cancellation);
        });

    public void Dispose()
    {
        Model.Dispose();
        Backend.Dispose();
    }

    /// <summary>Weights that don't fit would end in the system ending this process, or another one.</summary>
    private static void CheckMemory(MemoryNeeds needs)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needs.Weights + needs.Workspace > available)
        {
            throw new InvalidOperationException(
                $"the model takes {Numbers.Bytes(needs.Weights + needs.Workspace)}, and there are {Numbers.Bytes(available)} of memory");
        }
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
}

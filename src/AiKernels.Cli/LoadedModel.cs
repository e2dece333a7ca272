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
        Load(threads, status, backend => LanguageModel.Load(file.Path, backend, options, cancellation));

    /// <summary>Loads a model that is used by token ids only, whatever tokenizer it may name.</summary>
    public static LoadedModel WithoutTokenizer(
        ModelFile file, int threads, ModelOptions options, StatusLine status, CancellationToken cancellation) =>
        Load(threads, status, backend =>
        {
            using var gguf = GgufFile.Open(file.Path);
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
        Load(threads, status, backend => LanguageModel.Create(
            backend, shape.Spec, new RandomTensorSource(shape, recipe), tokenizer: null, options, cancellation));

    public void Dispose()
    {
        Model.Dispose();
        Backend.Dispose();
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

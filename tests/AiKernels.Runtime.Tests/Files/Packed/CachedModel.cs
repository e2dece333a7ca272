using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Tests.Models;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Files.Packed;

/// <summary>A small model's file and a folder for its packed weights, for the length of a test.</summary>
internal sealed class CachedModel : IDisposable
{
    private readonly RandomModel _random;
    private readonly TemporaryFile _file;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aikernels-test-");

    public CachedModel(GgmlType type = GgmlType.Q4_K)
    {
        _random = new RandomModel("qwen2", type, Seed: 7) { Layers = 1, Tied = true };
        _file = _random.Write();
    }

    public string Model => _file.Path;

    public string Folder => _folder.FullName;

    /// <summary>The one file in the folder.</summary>
    public string Packed => Directory.GetFiles(Folder).Single();

    /// <summary>Loads the model, and gives the logits of its prompt with what came of the cache.</summary>
    public (float[] Logits, PackedCacheResult? Result) Run(string? folder, CancellationToken cancellation = default)
    {
        using var backend = new CpuBackend(2);
        using var model = LanguageModel.Load(Model, backend, new ModelOptions { PackedCacheFolder = folder }, cancellation);
        return (Logits(model), model.PackedCache);
    }

    /// <summary>The logits after every token of a prompt.</summary>
    public float[] Logits(LanguageModel model)
    {
        using var sequence = model.CreateSequence();
        var all = new List<float>();
        sequence.AppendReadingAll(_random.Prompt(20), (_, logits) => all.AddRange(logits));
        return [.. all];
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Delete(recursive: true);
    }
}

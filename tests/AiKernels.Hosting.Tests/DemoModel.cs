using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Tests.Shared;

namespace AiKernels.Hosting.Tests;

/// <summary>The model in the repository and an engine of it, for a class of tests.</summary>
public sealed class DemoModel : IDisposable
{
    public const string Path = "samples/DemoModel/shakespeare.gguf";

    private readonly CpuBackend _backend = new(2);

    public DemoModel()
    {
        Model = LanguageModel.Load(Repository.Path(Path), _backend, new ModelOptions { ContextLength = 512, CacheLength = 4096 });
        Engine = new InferenceEngine(Model);
        Client = new AiKernelsChatClient(Engine);
    }

    public LanguageModel Model { get; }

    public InferenceEngine Engine { get; }

    public AiKernelsChatClient Client { get; }

    /// <summary>Waits until the engine has nothing to do.</summary>
    public Task BecomesFree() => Eventually.Is(() => Engine.Load is { Running: 0, Waiting: 0 });

    public void Dispose()
    {
        Client.Dispose();
        Engine.Dispose();
        Model.Dispose();
        _backend.Dispose();
    }
}

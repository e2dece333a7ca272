using AiKernels.Cli.Terminal;
using AiKernels.Cpu;
using AiKernels.Offload;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;

namespace AiKernels.Cli;

/// <summary>Where a command computes.</summary>
/// <param name="Name"><c>auto</c>, <c>cpu</c> or the id of a GPU.</param>
/// <param name="GpuLayers">Layers that the GPU has; null for as many as fit.</param>
/// <param name="Threads">Threads of the processor, where it has work.</param>
internal sealed record Device(string Name, int? GpuLayers, int Threads)
{
    /// <summary>Whatever is best.</summary>
    public const string Automatic = "auto";

    /// <summary>What the processor is called beside the GPUs' ids.</summary>
    public const string Cpu = "cpu";

    private const int LongestSentence = 2000;

    // Of the free memory: code, and what operations use in passing.
    private const double KernelsShare = 1.0 / 16;

    /// <summary>Sets the device up for a model.</summary>
    /// <param name="needs">What the model takes on a backend.</param>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    /// <exception cref="NotSupportedException">This build knows no GPUs.</exception>
    /// <exception cref="InsufficientMemoryException">The device was named, and has too little free memory.</exception>
    public IBackend Open(Func<IBackend, MemoryNeeds> needs) => Name switch
    {
        Cpu => new CpuBackend(Threads),
        Automatic => OpenAutomatic(needs),
        _ when !Gpus.AreSupported => throw new NotSupportedException($"this build has no GPU support, so '{Name}' can't be used"),
        _ => OpenOn(Gpus.Find(Name) ?? throw new ArgumentException($"there is no device '{Name}' here; 'aikernels devices' lists them"), needs),
    };

    /// <summary>The first GPU that has room for the whole model, else the one that has room for most of it, else the processor.</summary>
    private IBackend OpenAutomatic(Func<IBackend, MemoryNeeds> needs)
    {
        IBackend? best = null;
        var most = 0;
        foreach (var gpu in Gpus.All.Where(gpu => gpu.IsAutomatic))
        {
            try
            {
                var (backend, layers, isAll) = OpenFor(gpu, needs);
                if (layers <= most)
                {
                    backend.Dispose();
                    continue;
                }

                best?.Dispose();
                (best, most) = (backend, layers);
                if (isAll)
                {
                    break;
                }
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or InvalidDataException))
            {
                // Too full, too old, or in somebody else's hands: the next one may do, and the processor always does.
                Console.Error.WriteLine(Printable.Text($"{gpu.Id} is not used: {failure.Message}", LongestSentence));
            }
        }

        return best is null && GpuLayers is not null
            ? throw new ArgumentException("--gpu-layers needs a GPU, and none can be used; 'aikernels devices' lists them")
            : best ?? new CpuBackend(Threads);
    }

    private IBackend OpenOn(Gpu gpu, Func<IBackend, MemoryNeeds> needs) => OpenFor(gpu, needs).Backend;

    /// <summary>
    /// A model's last layers on a GPU, and the first ones on the processor if there are any left; whether these are all that
    /// were wanted.
    /// </summary>
    private (IBackend Backend, int Layers, bool IsAll) OpenFor(Gpu gpu, Func<IBackend, MemoryNeeds> needs)
    {
        var free = (long)(gpu.FreeBytes() * (1 - KernelsShare));
        var backend = gpu.Open();
        try
        {
            var model = needs(backend);
            var all = model.LayerWeights.Count;
            var layers = Math.Min(GpuLayers ?? model.LastLayersWithin(free), all);
            var least = Math.Max(layers, 1);
            if (model.OfLastLayers(least) > free)
            {
                throw new InsufficientMemoryException(
                    $"{Numbers.Count(least, "layer")} take {Numbers.Bytes(model.OfLastLayers(least))}, and {Numbers.Bytes(free)} may be used on {gpu.Id}");
            }

            return (layers == all ? backend : Divided(model, backend, all - layers), layers, layers == Math.Min(GpuLayers ?? all, all));
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    private OffloadBackend Divided(MemoryNeeds model, IBackend gpu, int hostLayers)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var needed = model.LayerWeights.Take(hostLayers).Sum() + model.Workspace;
        return needed <= available
            ? new OffloadBackend(new CpuBackend(Threads), gpu, hostLayers)
            : throw new InsufficientMemoryException(
                $"the first {Numbers.Count(hostLayers, "layer")} take {Numbers.Bytes(needed)}, and {Numbers.Bytes(available)} of memory may be used");
    }
}

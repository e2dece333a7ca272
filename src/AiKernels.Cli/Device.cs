using System.CommandLine;
using System.Text.RegularExpressions;
using AiKernels.Cli.Terminal;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;

namespace AiKernels.Cli;

/// <summary>Where a command computes.</summary>
/// <param name="Name"><c>auto</c>, <c>cpu</c> or the id of a GPU.</param>
/// <param name="Threads">Threads of the processor, where it is the one.</param>
internal sealed partial record Device(string Name, int Threads)
{
    private const string Automatic = "auto";

    /// <summary>What the processor is called beside the GPUs' ids.</summary>
    public const string Cpu = "cpu";

    public static Option<string> Option() => new("--device")
    {
        Description = "Where to compute: cpu, or a GPU that 'aikernels devices' lists, such as cuda:0. "
            + "auto takes the first CUDA device with enough free memory, else the processor.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Automatic,
        CustomParser = result =>
        {
            var name = result.Tokens[0].Value;
            if (!Names().IsMatch(name))
            {
                result.AddError($"--device needs {Automatic}, {Cpu} or the name of a GPU such as cuda:0, not '{name}'");
            }

            return name;
        },
    };

    /// <summary>Sets the device up for a model.</summary>
    /// <param name="needs">What the model takes on a backend.</param>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    /// <exception cref="NotSupportedException">This build knows no GPUs.</exception>
    /// <exception cref="InsufficientMemoryException">The device was named, and has too little free memory.</exception>
    public IBackend Open(Func<IBackend, MemoryNeeds> needs) => Name switch
    {
        Cpu => new CpuBackend(Threads),
        Automatic => OpenAutomatic(needs) ?? new CpuBackend(Threads),
        _ when !Gpus.AreSupported => throw new NotSupportedException($"this build has no GPU support, so '{Name}' can't be used"),
        _ => OpenFor(Gpus.Find(Name) ?? throw new ArgumentException($"there is no device '{Name}' here; 'aikernels devices' lists them"), needs),
    };

    private static IBackend? OpenAutomatic(Func<IBackend, MemoryNeeds> needs)
    {
        foreach (var gpu in Gpus.All.Where(gpu => gpu.IsAutomatic))
        {
            try
            {
                return OpenFor(gpu, needs);
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or InvalidDataException))
            {
                // Too full, too old, or in somebody else's hands: the next one may do, and the processor always does.
                Console.Error.WriteLine($"{gpu.Id} is not used: {failure.Message}");
            }
        }

        return null;
    }

    private static IBackend OpenFor(Gpu gpu, Func<IBackend, MemoryNeeds> needs)
    {
        var free = gpu.FreeBytes();
        var backend = gpu.Open();
        try
        {
            return needs(backend).Total is var total && total <= free
                ? backend
                : throw new InsufficientMemoryException(
                    $"the model takes {Numbers.Bytes(total)} with its context, and {Numbers.Bytes(free)} are free on {gpu.Id}");
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    [GeneratedRegex(@"^(auto|cpu|[a-z]+:[0-9]{1,4})$")]
    private static partial Regex Names();
}

using System.CommandLine;
using System.Text.RegularExpressions;

namespace AiKernels.Cli;

/// <summary>The options of every command that computes which say where.</summary>
internal sealed partial class DeviceInputs
{
    // CpuBackend's own limit.
    private const int MostThreads = 1024;

    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to compute: cpu, or a GPU that 'aikernels devices' lists, such as cuda:0. "
            + "auto takes the first CUDA device with enough free memory, else the one that has room for most layers, else the processor. "
            + "emulator:0 runs a GPU's kernels on the processor, very slowly, to try them.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Device.Automatic,
        CustomParser = result =>
        {
            var name = result.Tokens[0].Value;
            if (!Names().IsMatch(name))
            {
                result.AddError($"--device needs {Device.Automatic}, {Device.Cpu} or the name of a GPU such as cuda:0, not '{name}'");
            }

            return name;
        },
    };

    private readonly Option<int?> _gpuLayers = new("--gpu-layers")
    {
        Description = "Layers that the GPU computes, the last ones; the processor has the others. As many as fit, if left out.",
        HelpName = "NUMBER",
        CustomParser = result => Inputs.Parse(result, "--gpu-layers", (1, int.MaxValue)),
    };

    private readonly Option<int> _threads = Inputs.Number(
        "--threads", [], "Threads of the processor that compute; 0 for as many as the process may use.", 0, (0, MostThreads));

    public void AddTo(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_gpuLayers);
        command.Options.Add(_threads);
        command.Validators.Add(result =>
        {
            // Their texts: values can't be asked for where one of them is wrong.
            if (result.GetResult(_device) is { Tokens: [{ Value: Device.Cpu }] } && result.GetResult(_gpuLayers) is not null)
            {
                result.AddError("--gpu-layers is for a GPU, not for --device cpu");
            }
        });
    }

    public Device Read(ParseResult parsed) =>
        new(parsed.GetValue(_device)!, parsed.GetValue(_gpuLayers), parsed.GetValue(_threads));

    [GeneratedRegex(@"^(auto|cpu|[a-z]+:[0-9]{1,4})$")]
    private static partial Regex Names();
}

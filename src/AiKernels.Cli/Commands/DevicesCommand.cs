using System.CommandLine;
using System.Text.Json;
using AiKernels.Cli.Terminal;
using AiKernels.Cpu;
using AiKernels.Runtime.Files;

namespace AiKernels.Cli.Commands;

/// <summary><c>devices</c>: what models can be computed on.</summary>
internal static class DevicesCommand
{
    private const int LongestName = 200;

    public static Command Create()
    {
        var json = Inputs.Json();
        var command = new Command("devices", "Lists what models can be computed on: the processor and the GPUs.") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json)));
        return command;
    }

    private static int Run(bool json)
    {
        using var result = new ResultWriter();
        var (cpu, gpus) = (ListedDevice.Processor(), Gpus.All.Select(ListedDevice.Of).ToList());
        if (json)
        {
            result.WriteObject(writer =>
            {
                writer.WriteStartArray("devices");
                List<ListedDevice> all = [cpu, .. gpus];
                all.ForEach(device => device.Write(writer));
                writer.WriteEndArray();
                writer.WriteBoolean("gpu_support", Gpus.AreSupported);
            });
            return 0;
        }

        foreach (var device in (ListedDevice[])[cpu, .. gpus])
        {
            result.WriteLine($"{device.Id}\t{Printable.Text(device.Name, LongestName)}\t{Numbers.Bytes(device.MemoryBytes)}");
        }

        if (gpus.Count == 0)
        {
            Console.Error.WriteLine(Gpus.AreSupported ? "no GPU was found: CUDA devices of compute capability 6.1 or above count, and need NVIDIA's driver" : "this build has no GPU support");
        }

        return 0;
    }

    private sealed record ListedDevice(string Id, string Name, int? Threads, long MemoryBytes)
    {
        public static ListedDevice Processor()
        {
            using var backend = new CpuBackend();
            return new ListedDevice(Device.Cpu, backend.Description, backend.Threads, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        }

        public static ListedDevice Of(Gpu gpu) => new(gpu.Id, gpu.Name, null, gpu.MemoryBytes);

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("id", Id);
            json.WriteString("name", Name);
            if (Threads is { } threads)
            {
                json.WriteNumber("threads", threads);
            }

            json.WriteNumber("memory_bytes", MemoryBytes);
            json.WriteEndObject();
        }
    }
}

using System.Text;
using System.Text.Json;
using AiKernels.Cli.Terminal;
using AiKernels.Cpu;
using AiKernels.Runtime.Models;

namespace AiKernels.Cli.Commands;

/// <summary>
/// What a measurement gave, for people and for programs. The roofline is the processor's; with another device it is null.
/// </summary>
internal sealed record BenchReport(
    BenchSubject Subject, BenchPlan Plan, LoadedModel Loaded, BenchSpeeds Speeds, Roofline? Roofline, long PeakBytes)
{
    private const string NoRoofline = "measured for the processor only";

    /// <summary>Bytes that decoding read per second, of those that the memory gives.</summary>
    private double? DecodeFraction => Speeds.Decode is [.., var rate]
        ? rate * Loaded.Model.Work.DecodeBytes(DecoderWork.MeanPositions(Plan.Depth + Plan.Prompt, Plan.Generate)) / Roofline?.BytesPerSecond
        : null;

    /// <summary>Operations of the prompt's matrix products per second, of those that the best unit does.</summary>
    private double? PrefillFraction => Speeds.Prefill is [.., var rate]
        ? rate / Plan.Prompt * Loaded.Model.Work.PrefillOperations(Plan.Prompt) / Roofline?.OperationsPerSecond
        : null;

    public string Text()
    {
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append(name.PadRight(10)).Append(value).Append('\n');
        Line("model", Subject.Shape is null ? Subject.Model! : $"{Subject.Shape}, random weights in {Subject.Type}");
        Line("backend", Loaded.Backend.Description);
        Line("context", $"keys and values in {Plan.KeyValueType}");
        Line("prefill", Speed(Speeds.Prefill, Plan.Prompt));
        Line("decode", Speed(Speeds.Decode, Plan.Generate));
        Line("memory", Roofline is null ? NoRoofline : $"{Numbers.Decimals(Roofline.BytesPerSecond / 1e9, 1)} GB/s read{Share("decode", DecodeFraction)}");
        Line("multiply", Roofline is null ? NoRoofline : $"{Numbers.Decimals(Roofline.OperationsPerSecond / 1e12, 2)} TOPS, {Roofline.MultiplyUnit}{Share("prefill", PrefillFraction)}");
        Line("weights", Numbers.Bytes(Loaded.Model.Decoder.WeightBytes));
        Line("load", $"{Numbers.Decimals(Loaded.LoadTime.TotalSeconds, 2)} s");
        Line("peak", $"{Numbers.Bytes(PeakBytes)} resident");
        return text.ToString();
    }

    public void Write(Utf8JsonWriter json)
    {
        WriteSubject(json);
        json.WriteString("backend", Loaded.Backend.Description);
        WriteNumber(json, "threads", (Loaded.Backend as CpuBackend)?.Threads);
        json.WriteNumber("prompt", Plan.Prompt);
        json.WriteNumber("generate", Plan.Generate);
        json.WriteNumber("depth", Plan.Depth);
        json.WriteNumber("reps", Plan.Repetitions);
        json.WriteString("kv", $"{Plan.KeyValueType}");
        WriteSpeed(json, "prefill_tokens_per_second", Speeds.Prefill);
        WriteSpeed(json, "decode_tokens_per_second", Speeds.Decode);
        WriteNumber(json, "memory_bandwidth_bytes_per_second", Roofline?.BytesPerSecond);
        WriteNumber(json, "decode_roofline_fraction", DecodeFraction);
        WriteNumber(json, "multiply_peak_operations_per_second", Roofline?.OperationsPerSecond);
        json.WriteString("multiply_unit", Roofline?.MultiplyUnit);
        WriteNumber(json, "prefill_roofline_fraction", PrefillFraction);
        json.WriteNumber("weight_bytes", Loaded.Model.Decoder.WeightBytes);
        json.WriteNumber("load_seconds", Loaded.LoadTime.TotalSeconds);
        json.WriteNumber("peak_rss_bytes", PeakBytes);
    }

    private void WriteSubject(Utf8JsonWriter json)
    {
        if (Subject.Model is not null)
        {
            json.WriteString("model", Subject.Model);
            return;
        }

        json.WriteString("shape", Subject.Shape);
        json.WriteString("type", Subject.Type);
    }

    /// <summary>The best, and under a name of its own the median; null where nothing was measured.</summary>
    private static void WriteSpeed(Utf8JsonWriter json, string name, double[] rates)
    {
        if (rates.Length == 0)
        {
            json.WriteNull(name);
            json.WriteNull($"{name}_median");
            return;
        }

        json.WriteNumber(name, rates[^1]);
        json.WriteNumber($"{name}_median", Median(rates));
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static string Share(string phase, double? fraction) =>
        fraction is { } value ? $", of which {phase} takes {Numbers.Decimals(100 * value, 1)} %" : "";

    private string Speed(double[] rates, int tokens) => rates.Length == 0
        ? "not measured"
        : $"{Numbers.Rate(rates[^1])} best, {Numbers.Rate(Median(rates))} median of {Plan.Repetitions}; "
            + $"{Numbers.Count(tokens, "token")} after {Numbers.Count(Plan.Depth)}";

    private static double Median(double[] ascending) => (ascending[(ascending.Length - 1) / 2] + ascending[ascending.Length / 2]) / 2;
}

using System.Text;
using System.Text.Json;
using AiKernels.Cli.Terminal;

namespace AiKernels.Cli.Commands;

/// <summary>What a measurement gave, for people and for programs.</summary>
internal sealed record BenchReport(BenchSubject Subject, BenchPlan Plan, LoadedModel Loaded, BenchSpeeds Speeds, long PeakBytes)
{
    public string Text()
    {
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append(name.PadRight(10)).Append(value).Append('\n');
        Line("model", Subject.Shape is null ? Subject.Model! : $"{Subject.Shape}, random weights in {Subject.Type}");
        Line("backend", Loaded.Backend.Description);
        Line("prefill", Speed(Speeds.Prefill, Plan.Prompt));
        Line("decode", Speed(Speeds.Decode, Plan.Generate));
        Line("weights", Numbers.Bytes(Loaded.Model.Decoder.WeightBytes));
        Line("load", $"{Numbers.Decimals(Loaded.LoadTime.TotalSeconds, 2)} s");
        Line("peak", $"{Numbers.Bytes(PeakBytes)} resident");
        return text.ToString();
    }

    public void Write(Utf8JsonWriter json)
    {
        WriteSubject(json);
        json.WriteString("backend", Loaded.Backend.Description);
        json.WriteNumber("threads", Loaded.Backend.Threads);
        json.WriteNumber("prompt", Plan.Prompt);
        json.WriteNumber("generate", Plan.Generate);
        json.WriteNumber("depth", Plan.Depth);
        json.WriteNumber("reps", Plan.Repetitions);
        WriteSpeed(json, "prefill_tokens_per_second", Speeds.Prefill);
        WriteSpeed(json, "decode_tokens_per_second", Speeds.Decode);
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

    private string Speed(double[] rates, int tokens) => rates.Length == 0
        ? "not measured"
        : $"{Numbers.Rate(rates[^1])} best, {Numbers.Rate(Median(rates))} median of {Plan.Repetitions}; "
            + $"{Numbers.Count(tokens, "token")} after {Numbers.Count(Plan.Depth)}";

    private static double Median(double[] ascending) => (ascending[(ascending.Length - 1) / 2] + ascending[ascending.Length / 2]) / 2;
}

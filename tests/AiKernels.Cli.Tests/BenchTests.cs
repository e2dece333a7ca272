using System.Text.Json;
using AiKernels.Cache;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Cli.Tests;

public class BenchTests
{
    [Fact]
    public void The_built_in_model_is_measured()
    {
        using var json = Measure("demo", "--prompt", "20", "--generate", "10", "--depth", "30", "--reps", "2", "--threads", "2");

        var root = json.RootElement;
        Assert.Equal("demo", root.GetProperty("model").GetString());
        Assert.Equal((2, 20, 10, 30, 2), (Whole("threads"), Whole("prompt"), Whole("generate"), Whole("depth"), Whole("reps")));
        foreach (var phase in (string[])["prefill", "decode"])
        {
            var (best, median) = (Number(root, $"{phase}_tokens_per_second"), Number(root, $"{phase}_tokens_per_second_median"));
            Assert.True(best >= median && median > 0, $"{phase}: best {best}, median {median}");
        }

        Assert.True(Number(root, "load_seconds") > 0);
        Assert.True(Number(root, "peak_rss_bytes") > Number(root, "weight_bytes"));
        int Whole(string name) => root.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Keys_and_values_are_stored_as_asked()
    {
        using var smaller = Measure(
            "--shape", "qwen2.5-0.5b", "--type", "Q4_0", "--prompt", "2", "--generate", "2", "--reps", "1", "--kv", "q8_0");
        Assert.Equal("Q8_0", smaller.RootElement.GetProperty("kv").GetString());
        Assert.True(Number(smaller.RootElement, "decode_tokens_per_second") > 0);

        var refused = CommandLineProcess.Run("bench", "demo", "--kv", "Q4_K");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Text));
        Assert.Contains($"--kv needs one of {string.Join(", ", KeyValueShape.Types)}, not 'Q4_K'", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_to_be_measured_is_null()
    {
        using var json = Measure("demo", "--prompt", "0", "--generate", "3", "--reps", "1");

        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("prefill_tokens_per_second").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("prefill_roofline_fraction").ValueKind);
        Assert.True(Number(json.RootElement, "decode_roofline_fraction") > 0);
        Assert.True(Number(json.RootElement, "decode_tokens_per_second") > 0);
    }

    [Fact]
    public void A_shape_needs_no_model_file()
    {
        using var json = Measure("--shape", "qwen2.5-0.5b", "--type", "Q4_0", "--prompt", "2", "--generate", "2", "--reps", "1");

        // 494 million weights at 4.5 bits.
        Assert.InRange(Number(json.RootElement, "weight_bytes"), 277e6, 1.04 * 278e6);
        Assert.Equal("qwen2.5-0.5b", json.RootElement.GetProperty("shape").GetString());
        Assert.Equal("Q4_0", json.RootElement.GetProperty("type").GetString());
        Assert.True(Number(json.RootElement, "decode_tokens_per_second") > 0);
    }

    [Fact]
    public void Speeds_are_compared_with_what_the_machine_allows()
    {
        using var json = Measure(
            "--shape", "qwen2.5-0.5b", "--type", "Q4_0", "--prompt", "4", "--generate", "3", "--depth", "6", "--reps", "1");

        // All weights are read, since the output is the embedding table, and the keys and values of 11 to 13 positions,
        // of 24 layers and two heads of 64.
        var root = json.RootElement;
        var bytes = Number(root, "weight_bytes") + (12 * 24 * 2 * 2 * 64 * sizeof(float));
        Assert.Equal(
            bytes * Number(root, "decode_tokens_per_second"),
            Number(root, "decode_roofline_fraction") * Number(root, "memory_bandwidth_bytes_per_second"),
            1e-9 * bytes * Number(root, "decode_tokens_per_second"));

        // Queries and output, keys and values, gate, up and down; and the vocabulary, for the last of four tokens.
        var layers = 24.0 * ((2 * 896 * 896) + (2 * 896 * 128) + (3 * 896 * 4864));
        var operations = 2 * (layers + (896.0 * 151_936 / 4)) * Number(root, "prefill_tokens_per_second");
        Assert.Equal(
            operations,
            Number(root, "prefill_roofline_fraction") * Number(root, "multiply_peak_operations_per_second"),
            1e-9 * operations);
        Assert.NotEqual("", root.GetProperty("multiply_unit").GetString());
    }

    [Fact]
    public void For_people_it_prints_a_line_for_each_figure()
    {
        var run = CommandLineProcess.Run("bench", "demo", "--prompt", "4", "--generate", "4", "--reps", "1", "--device", "cpu");

        Assert.Equal(["model", "backend", "context", "prefill", "decode", "memory", "multiply", "weights", "load", "peak"], run.Lines.Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void Loading_a_file_of_1500_million_weights_takes_little_more_memory_than_they_do()
    {
        using var file = new TemporaryFile();
        WriteZeros(KnownShapes.Get("qwen2.5-1.5b"), QuantizationRecipe.Parse("Q4_K_M"), file.Path);

        using var json = Measure(file.Path, "--prompt", "1", "--generate", "1", "--reps", "1");

        var weights = Number(json.RootElement, "weight_bytes");
        Assert.InRange(weights, 0.95e9, 1.1e9);
        Assert.InRange(Number(json.RootElement, "peak_rss_bytes"), weights, (1.2 * weights) + 150e6);
    }

    private static JsonDocument Measure(params string[] arguments)
    {
        var run = CommandLineProcess.Run(["bench", .. arguments, "--device", "cpu", "--json"]);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output);
    }

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    /// <summary>A model file of the right size whose weights are all zero: on disk it is a hole.</summary>
    private static void WriteZeros(ModelShape shape, QuantizationRecipe recipe, string path)
    {
        var writer = new GgufWriter();
        AddMetadata(writer, shape.Spec);
        foreach (var tensor in new RandomTensorSource(shape, recipe).Tensors)
        {
            writer.AddTensor(tensor.Name, tensor.Type, [tensor.Columns, tensor.Rows], (_, row) => row.Clear());
        }

        using var stream = new HoleStream(path);
        writer.WriteTo(stream);
    }

    private static void AddMetadata(GgufWriter writer, DecoderSpec spec)
    {
        writer.Add("general.architecture", spec.Architecture);
        writer.Add($"{spec.Architecture}.block_count", spec.Layers);
        writer.Add($"{spec.Architecture}.context_length", spec.ContextLength);
        writer.Add($"{spec.Architecture}.embedding_length", spec.Width);
        writer.Add($"{spec.Architecture}.feed_forward_length", spec.FeedForwardWidth);
        writer.Add($"{spec.Architecture}.attention.head_count", spec.Heads);
        writer.Add($"{spec.Architecture}.attention.head_count_kv", spec.KeyValueHeads);
        writer.Add($"{spec.Architecture}.attention.layer_norm_rms_epsilon", spec.NormEpsilon);
    }
}

using System.Text;
using System.Text.Json;
using AiKernels.Cli.Terminal;
using AiKernels.Runtime.Engine;

namespace AiKernels.Cli.Commands;

/// <summary>What <c>run</c> was asked for.</summary>
internal sealed record TextRun(
    string Model,
    string Prompt,
    Device Device,
    string? PackedCache,
    ModelOptions ModelOptions,
    GenerationOptions Options,
    string? Receipt,
    bool Echo,
    bool Json);

/// <summary>Generates, and shows the text as it comes or, as JSON, at its end. What there is when interrupted is kept.</summary>
internal sealed class TextRunOutput(TextRun run, LoadedModel loaded, ResultWriter result, StatusLine status)
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];

    /// <summary>Does it, and tells whether the text is what it has to be: under a grammar one that was cut off is not.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        loaded.WarnOfLongContext();
        using var receipt = run.Receipt is null ? null : new OutputFile(run.Receipt); // Or it might turn out at the end that there is no place for it.
        using var engine = new InferenceEngine(loaded.Model);
        var generation = engine.Submit(Prompt(), run.Options, cancellation);
        Add(run.Echo ? run.Prompt : "");
        try
        {
            await foreach (var token in generation)
            {
                _tokens.Add(token.Id);
                Add(token.Text);
                status.Show(() => Rates(generation.Statistics));
            }
        }
        finally
        {
            End(generation, receipt);
        }

        var isWhole = run.Options.Grammar is null || generation.FinishReason != FinishReason.Length;
        if (!isWhole)
        {
            Console.Error.WriteLine("the text was cut off before it followed the grammar to an end; -n allows more tokens");
        }

        return isWhole;
    }

    /// <summary>The prompt's tokens: the begin token, if there has to be one, once, where the text has it as well.</summary>
    private int[] Prompt()
    {
        var tokenizer = loaded.Model.Tokenizer;
        var tokens = tokenizer.Encode(run.Prompt, parseSpecial: true);
        return tokens is [var first, ..] && first == tokenizer.Vocabulary.Bos ? tokens : loaded.Model.EncodePrompt(run.Prompt, parseSpecial: true);
    }

    private void Add(string text)
    {
        _text.Append(text);
        if (!run.Json)
        {
            status.Write(result, text);
        }
    }

    /// <summary>Written when there is an answer, whole or not, with the model as it was named.</summary>
    private void WriteReceipt(Generation generation, OutputFile file)
    {
        var path = run.Model == ModelFile.BuiltIn ? run.Model : Path.GetFullPath(run.Model);
        file.Stream.Write((generation.Receipt with { ModelPath = path }).ToJson());
        file.Stream.WriteByte((byte)'\n');
        file.Complete();
    }

    private void End(Generation generation, OutputFile? receipt)
    {
        status.Dispose();
        if (generation.Statistics.GeneratedTokens == 0 && generation.FinishReason == FinishReason.None)
        {
            return; // Refused or interrupted before there was anything to keep.
        }

        if (receipt is not null)
        {
            WriteReceipt(generation, receipt);
        }

        if (run.Json)
        {
            result.WriteObject(json => Write(json, generation));
        }

        result.EndLine();
        if (generation.FinishReason == FinishReason.Length && generation.Statistics.GeneratedTokens < run.Options.MaxTokens)
        {
            Console.Error.WriteLine(
                $"the context of {Numbers.Count(loaded.Model.ContextLength, "token")} is full; --ctx sets a longer one");
        }

        Console.Error.WriteLine($"{Rates(generation.Statistics)}; seed {run.Options.Sampling.Seed}; {loaded.Backend.Description}");
    }

    private static string Rates(GenerationStatistics statistics) =>
        $"{Numbers.Count(statistics.GeneratedTokens, "token")}{At(statistics.DecodeTokensPerSecond)}, "
        + $"prompt of {Numbers.Count(statistics.PromptTokens)}{At(statistics.PrefillTokensPerSecond)}";

    // A single token comes with the prompt: there is no speed of decoding.
    private static string At(double rate) => rate > 0 ? $" at {Numbers.Rate(rate)}" : "";

    private void Write(Utf8JsonWriter json, Generation generation)
    {
        var statistics = generation.Statistics;
        json.WriteString("text", _text.ToString());
        json.WriteStartArray("tokens");
        _tokens.ForEach(json.WriteNumberValue);
        json.WriteEndArray();
        json.WriteString("finish_reason", generation.Completion.IsCanceled ? "cancelled" : generation.FinishReason.Word());
        json.WriteNumber("seed", run.Options.Sampling.Seed);
        json.WriteString("backend", loaded.Backend.Description);
        json.WriteStartObject("statistics");
        json.WriteNumber("prompt_tokens", statistics.PromptTokens);
        json.WriteNumber("generated_tokens", statistics.GeneratedTokens);
        json.WriteNumber("prefill_tokens_per_second", statistics.PrefillTokensPerSecond);
        json.WriteNumber("decode_tokens_per_second", statistics.DecodeTokensPerSecond);
        json.WriteNumber("load_seconds", loaded.LoadTime.TotalSeconds);
        json.WriteNumber("weight_bytes", loaded.Model.Decoder.WeightBytes);
        json.WriteNumber("peak_rss_bytes", PeakMemory.Bytes);
        json.WriteEndObject();
    }
}

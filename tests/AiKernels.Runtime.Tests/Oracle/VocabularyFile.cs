using AiKernels.Runtime.Files;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>A vocabulary as a GGUF file with nothing else, for llama.cpp to read.</summary>
internal sealed class VocabularyFile : IDisposable
{
    private readonly TemporaryFile _file = new();

    public VocabularyFile(Vocabulary vocabulary, string? pre = null)
    {
        var writer = new GgufWriter();
        writer.Add("general.architecture", "llama");
        writer.Add("tokenizer.ggml.model", vocabulary.Model);
        writer.Add("tokenizer.ggml.pre", pre ?? vocabulary.Pre ?? "default");
        writer.AddArray("tokenizer.ggml.tokens", [.. vocabulary.Tokens]);
        writer.AddArray("tokenizer.ggml.token_type", [.. Enumerable.Range(0, vocabulary.Tokens.Count).Select(id => (int)vocabulary.Type(id))]);
        if (vocabulary.Scores.Count > 0)
        {
            writer.AddArray("tokenizer.ggml.scores", [.. vocabulary.Scores]);
        }

        if (vocabulary.Model == "gpt2")
        {
            writer.AddArray("tokenizer.ggml.merges", [.. vocabulary.Merges]);
        }

        Add(writer, "bos", vocabulary.Bos);
        Add(writer, "eos", vocabulary.Eos);
        Add(writer, "unknown", vocabulary.Unknown);
        writer.Add("tokenizer.ggml.add_bos_token", vocabulary.AddBos);
        writer.Add("tokenizer.ggml.add_eos_token", vocabulary.AddEos);
        writer.Add("tokenizer.ggml.add_space_prefix", vocabulary.AddSpacePrefix);
        writer.Add("tokenizer.ggml.remove_extra_whitespaces", vocabulary.RemoveExtraSpaces);
        writer.WriteTo(_file.Path);
    }

    public string Path => _file.Path;

    public void Dispose() => _file.Dispose();

    private static void Add(GgufWriter writer, string name, int? id)
    {
        if (id is { } token)
        {
            writer.Add($"tokenizer.ggml.{name}_token_id", (uint)token);
        }
    }
}

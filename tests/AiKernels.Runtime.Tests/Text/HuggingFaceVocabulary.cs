using System.Text;
using System.Text.Json;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Byte-level vocabularies as Hugging Face publishes them: a JSON of ids by text, and a list of merges.</summary>
internal static class HuggingFaceVocabulary
{
    public static Vocabulary Qwen2(string pre = "qwen2") => Read(
        pre, "tokenizers/qwen2/vocab.json", "tokenizers/qwen2/merges.txt", "tokenizers/qwen2/qwen2.5_tokenizer_config.json");

    public static Vocabulary Llama3() => Read(
        "llama-bpe", "tokenizers/llama3/llama3.2_encoder.json", "tokenizers/llama3/llama3.2_vocab.bpe",
        "tokenizers/llama3/tokenizer_config.json");

    private static Vocabulary Read(string pre, string vocabularyFile, string mergesFile, string configurationFile)
    {
        SortedDictionary<int, (byte[] Text, TokenType Type)> tokens = [];
        using var vocabulary = Json(vocabularyFile);
        foreach (var token in vocabulary.RootElement.EnumerateObject())
        {
            tokens[token.Value.GetInt32()] = (Encoding.UTF8.GetBytes(token.Name), TokenType.Normal);
        }

        using var configuration = Json(configurationFile);
        foreach (var token in configuration.RootElement.GetProperty("added_tokens_decoder").EnumerateObject())
        {
            var text = Encoding.UTF8.GetBytes(token.Value.GetProperty("content").GetString()!);
            var isSpecial = token.Value.GetProperty("special").GetBoolean();
            tokens[int.Parse(token.Name)] = (text, isSpecial ? TokenType.Control : TokenType.UserDefined);
        }

        return new()
        {
            Model = "gpt2",
            Pre = pre,
            Tokens = [.. tokens.Values.Select(token => token.Text)],
            Types = [.. tokens.Values.Select(token => token.Type)],
            Merges = [.. File.ReadLines(TestData.Path(mergesFile))
                .Where(line => line.Length != 0 && !line.StartsWith("#version", StringComparison.Ordinal))
                .Select(Encoding.UTF8.GetBytes)],
        };
    }

    private static JsonDocument Json(string relative) => JsonDocument.Parse(File.ReadAllBytes(TestData.Path(relative)));
}

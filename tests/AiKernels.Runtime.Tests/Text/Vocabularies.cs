using System.Collections.Concurrent;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>The tokenizers that the tests share, by llama.cpp's names; each is made once.</summary>
internal static class Vocabularies
{
    private static readonly ConcurrentDictionary<string, Tokenizer> Made = new();

    public static Tokenizer Tokenizer(string name) => Made.GetOrAdd(name, Make);

    private static Tokenizer Make(string name) => AiKernels.Runtime.Text.Tokenizer.Create(name switch
    {
        "qwen2" or "deepseek-r1-qwen" => HuggingFaceVocabulary.Qwen2(name),
        "llama-bpe" => HuggingFaceVocabulary.Llama3(),
        "stories260K" => FromGguf("models/stories260K.gguf"),
        _ => FromGguf($"tokenizers/llama.cpp/ggml-vocab-{name}.gguf"),
    });

    private static Vocabulary FromGguf(string relative)
    {
        using var file = GgufFile.Open(TestData.Path(relative));
        return Vocabulary.FromGguf(file);
    }
}

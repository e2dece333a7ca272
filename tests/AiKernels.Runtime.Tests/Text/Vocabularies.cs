using System.Collections.Concurrent;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>The tokenizers that the tests share, by llama.cpp's names or by their files; each is made once.</summary>
internal static class Vocabularies
{
    private static readonly ConcurrentDictionary<string, AiKernels.Runtime.Text.Tokenizer> Made = new();

    public static AiKernels.Runtime.Text.Tokenizer Tokenizer(string name) => Made.GetOrAdd(name, Make);

    private static AiKernels.Runtime.Text.Tokenizer Make(string name) => name switch
    {
        "qwen2" or "deepseek-r1-qwen" => Load("tokenizers/qwen2", name),
        "llama-bpe" => Load("tokenizers/llama3/llama3.2_encoder.json"),
        "stories260K" => Load("models/stories260K.gguf"),
        _ when name.Contains('/') => Load(name),
        _ => Load($"tokenizers/llama.cpp/ggml-vocab-{name}.gguf"),
    };

    private static AiKernels.Runtime.Text.Tokenizer Load(string relative, string? pre = null) =>
        AiKernels.Runtime.Text.Tokenizer.Load(TestData.Path(relative), pre);
}

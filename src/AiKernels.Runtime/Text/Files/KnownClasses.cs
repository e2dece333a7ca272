namespace AiKernels.Runtime.Text;

/// <summary>How tokenizers split text whose configuration names only their class, or only their special tokens.</summary>
internal static class KnownClasses
{
    /// <summary>Pre-tokenizers that many models have, by llama.cpp's names.</summary>
    public static readonly string[] SomePre = ["gpt-2", "llama-bpe", "qwen2", "deepseek-v3", "gpt-4o", "tekken", "kimi-k2", "command-r"];

    /// <summary>The pre-tokenizer by llama.cpp's name; null if it isn't known.</summary>
    public static string? Pre(TokenizerConfig? config) => config?.Class switch
    {
        null => ByTokens(config),
        "Qwen2Tokenizer" or "QWenTokenizer" => "qwen2",
        "GPT2Tokenizer" or "RobertaTokenizer" => "gpt-2",
        "ChatGLM4Tokenizer" => "glm4",
        "HYTokenizer" => "hunyuan",
        "TikTokenTokenizer" => "kimi-k2",
        "CohereTokenizer" => "command-r",
        "Starcoder2Tokenizer" => "starcoder",
        _ => ByTokens(config),
    };

    private static string? ByTokens(TokenizerConfig? config) => config?.Bos switch
    {
        "<|begin_of_text|>" => "llama-bpe",
        "<\uFF5Cbegin\u2581of\u2581sentence\uFF5C>" => "deepseek-v3",
        _ => null,
    };
}

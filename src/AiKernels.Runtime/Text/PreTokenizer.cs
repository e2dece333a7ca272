using System.Diagnostics;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>How a family of models splits text into words, within which its merges stay.</summary>
/// <remarks>The patterns are those published in each family's <c>tokenizer.json</c>; the names are llama.cpp's.</remarks>
internal sealed class PreTokenizer
{
    private const string Gpt2Pattern =
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly Lazy<PreTokenizer> Gpt2 = new(() => new(Gpt2Pattern, keepsKnownWords: false));
    private static readonly Lazy<PreTokenizer> Qwen2 = new(() => new(Qwen2Pattern, keepsKnownWords: false));
    private static readonly Lazy<PreTokenizer> Llama3 = new(() => new(Llama3Pattern, keepsKnownWords: true));

    private readonly Pattern _pattern;

    private PreTokenizer(string pattern, bool keepsKnownWords)
    {
        _pattern = new(pattern);
        KeepsKnownWords = keepsKnownWords;
    }

    /// <summary>Whether a word that is a token stays one, even where the merges would not join it.</summary>
    public bool KeepsKnownWords { get; }

    /// <summary>The pre-tokenizer that files call <paramref name="name"/>.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public static PreTokenizer Named(string? name) => name switch
    {
        "gpt-2" => Gpt2.Value,
        "qwen2" or "deepseek-r1-qwen" => Qwen2.Value,
        "llama-bpe" or "llama3" or "llama-v3" => Llama3.Value,
        null => throw new InvalidDataException("tokenizer.ggml.pre is missing, so it is unknown how the model splits text"),
        _ => throw new InvalidDataException($"tokenizer.ggml.pre is {Printable.Quote(name)}, a pre-tokenizer that is not known"),
    };

    /// <summary>The length of the word that <paramref name="text"/> (UTF-8, not empty) begins with.</summary>
    public int WordLength(ReadOnlySpan<byte> text)
    {
        var length = _pattern.Match(text);
        Debug.Assert(length > 0, "each of the patterns above has an alternative for any character");
        return length;
    }
}

using System.Collections.Concurrent;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>How a family of models with byte-level merges prepares text, found by the name that llama.cpp's files have for it.</summary>
/// <remarks>
/// The expressions are those published with each family, in its <c>tokenizer.json</c> or its tokenizer's source. Where
/// llama.cpp's differ (it has no normalization, for one), the published ones count: models were trained with them.
/// </remarks>
internal sealed record Family
{
    private static readonly ConcurrentDictionary<string, Pattern> Patterns = new();

    /// <summary>The ways by which text is split, in turn.</summary>
    public required IReadOnlyList<SplitRule> Splits { get; init; }

    /// <summary>Whether a word that is a token stays one, even where the merges would not join it.</summary>
    public bool KeepsKnownWords { get; init; }

    /// <summary>Whether text is normalized to Unicode's composed form.</summary>
    public bool Composes { get; init; }

    /// <summary>Whether a prompt begins with the begin token where the file does not say.</summary>
    public bool AddsBos { get; init; }

    /// <summary>The family that files call <paramref name="name"/>.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public static Family Named(string? name) => name switch
    {
        null => throw new InvalidDataException("tokenizer.ggml.pre is missing, so it is unknown how the model splits text"),
        _ => Find(name) ?? throw new InvalidDataException(
            $"tokenizer.ggml.pre is {Printable.Quote(name)}, a pre-tokenizer that is not known"),
    };

    /// <summary>The family of a name, or null.</summary>
    public static Family? Find(string? name) => name switch
    {
        "gpt-2" or "phi-2" or "gigachat" or "mellum" or "jais" or "exaone4" or "trillion" or "granite-docling" or "a.x-4.0"
            or "jina-es" or "jina-de" or "jina-v2-es" or "jina-v2-de" or "jina-v1-en" or "jina-v2-code" or "roberta-bpe"
            => By(FamilyPatterns.Gpt2),
        "mpt" or "olmo" or "modern-bert" => By(FamilyPatterns.Gpt2) with { Composes = true },
        "llama-bpe" or "llama3" or "llama-v3" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" or "jina-v5-nano"
            => By(FamilyPatterns.Llama3) with { KeepsKnownWords = true, AddsBos = true },
        "dbrx" or "smaug-bpe" or "glm4" or "chatglm-bpe" => By(FamilyPatterns.Llama3),
        "minicpm5" => By(@"\p{N}{1,3}", FamilyPatterns.Llama3.Replace("{1,3}", "+", StringComparison.Ordinal)) with { KeepsKnownWords = true },
        "jais-2" => By(FamilyPatterns.Jais2),
        "qwen2" or "deepseek-r1-qwen" or "hunyuan" or "megrez" or "kormo" or "f2llmv2"
            => By(FamilyPatterns.Qwen2) with { Composes = true },
        "stablelm2" or "solar-open" or "grok-2" => By(FamilyPatterns.Qwen2),
        "qwen35" => By(FamilyPatterns.Qwen35) with { Composes = true },
        "ufakzeka" => By(FamilyPatterns.Qwen2.Replace(FamilyPatterns.Contractions + "|", "", StringComparison.Ordinal)),
        "laguna" => By(@"[^\n]+|[\n]+", FamilyPatterns.Qwen2),
        "deepseek-llm" => By(FamilyPatterns.DeepSeekLlm),
        "deepseek-coder" => By(FamilyPatterns.DeepSeekCoder),
        "deepseek-v3" or "hunyuan-dense" or "hy_v4" or "joyai-llm" => By(FamilyPatterns.DeepSeekV3),
        "spark2_5" => By(FamilyPatterns.Spark),
        "youtu" => By(FamilyPatterns.Youtu) with { KeepsKnownWords = true },
        "afmoe" => ByDigitGroups(endsAtWords: false, FamilyPatterns.Afmoe),
        "falcon" => By(FamilyPatterns.Falcon),
        "default" => By(FamilyPatterns.Default),
        "command-r" => By(FamilyPatterns.SingleDigits) with { Composes = true },
        "starcoder" or "refact" or "smollm" or "codeshell" or "exaone" or "minerva-7b" or "mellum2" => By(FamilyPatterns.SingleDigits),
        "chameleon" => By(FamilyPatterns.Chameleon) with { AddsBos = true },
        "poro-chat" or "bloom" or "gpt3-finnish" => By(FamilyPatterns.Bloom),
        "viking" => By(FamilyPatterns.Bloom, @"\p{N}"),
        "gpt-4o" or "llama4" or "kanana2" or "talkie" or "minimax-m2" => By(FamilyPatterns.O200k),
        "granite-embed-multi-97m" => By(FamilyPatterns.O200k) with { KeepsKnownWords = true },
        "tiny_aya" or "cohere2moe" => ByDigitGroups(endsAtWords: true, FamilyPatterns.O200k),
        "superbpe" => new Family { Splits = [SplitBy(@"\p{N}+"), new DigitGroups(3, EndsAtWords: false)] },
        "tekken" => By(FamilyPatterns.Tekken) with { KeepsKnownWords = true, AddsBos = true },
        "kimi-k2" => By(FamilyPatterns.KimiK2),
        "bailingmoe" or "bailingmoe2" or "llada-moe" => By(FamilyPatterns.Bailing),
        "seed-coder" => By(FamilyPatterns.SeedCoder),
        "exaone-moe" => By(FamilyPatterns.ExaoneMoe),
        _ => null,
    };

    private static Family By(params string[] patterns) => new() { Splits = [.. patterns.Select(SplitBy)] };

    private static Family ByDigitGroups(bool endsAtWords, params string[] patterns) =>
        new() { Splits = [new DigitGroups(3, endsAtWords), .. patterns.Select(SplitBy)] };

    // There are some thirty, which tokenizers of one process share.
    private static SplitRule SplitBy(string pattern) => new PatternSplit(Patterns.GetOrAdd(pattern, source => new Pattern(source)));
}

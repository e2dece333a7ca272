using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static AiKernels.Runtime.Tests.Oracle.TokenizeDifferences;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>The ids of any text are llama.cpp's, but where that differs from the tokenizers that models were trained with.</summary>
public sealed class TokenizeTests
{
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    [InlineData("deepseek-llm", nameof(HasWideSpaces))]
    [InlineData("deepseek-coder", nameof(HasWideSpaces))]
    [InlineData("bert-bge", nameof(BertSeesMore))]
    public void Random_text_has_the_same_ids_by_the_same_file(string name, params string[] differences)
    {
        var tokenizer = Vocabularies.Tokenizer(name);
        using var peer = new LlamaCppTokenizer(AiKernels.Tests.Shared.TestData.Path($"tokenizers/llama.cpp/ggml-vocab-{name}.gguf"));
        Compare(tokenizer, peer, differences);
    }

    [Theory]
    [InlineData("qwen2", nameof(IsComposed))]
    [InlineData("llama-bpe")]
    public void Random_text_has_the_same_ids_by_a_file_that_was_converted(string name, params string[] differences)
    {
        var tokenizer = Vocabularies.Tokenizer(name);
        using var file = new VocabularyFile(tokenizer.Vocabulary);
        using var peer = new LlamaCppTokenizer(file.Path);
        Compare(tokenizer, peer, differences);
    }

    /// <summary>Each family's way to split, over the merges of GPT-2.</summary>
    [Theory]
    [InlineData("mpt", nameof(IsComposed))]
    [InlineData("dbrx")]
    [InlineData("glm4")]
    [InlineData("minicpm5")]
    [InlineData("jais-2")]
    [InlineData("hunyuan", nameof(IsComposed))]
    [InlineData("stablelm2")]
    [InlineData("qwen35", nameof(IsComposed))]
    [InlineData("ufakzeka")]
    [InlineData("laguna")]
    [InlineData("deepseek-v3")]
    [InlineData("spark2_5")]
    [InlineData("youtu", nameof(TellsCapitals), nameof(HasWideSpaces))]
    [InlineData("afmoe", nameof(HasWideSpaces), nameof(HasOtherNumbers))]
    [InlineData("falcon")]
    [InlineData("default")]
    [InlineData("command-r", nameof(IsComposed))]
    [InlineData("starcoder")]
    [InlineData("chameleon")]
    [InlineData("bloom")]
    [InlineData("viking")]
    [InlineData("gpt-4o", nameof(HasWideCases))]
    [InlineData("tekken", nameof(HasWideCases))]
    [InlineData("granite-embed-multi-97m", nameof(HasWideCases))]
    [InlineData("kimi-k2", nameof(TellsCapitals), nameof(HasWideCases))]
    [InlineData("tiny_aya", nameof(HasDigits), nameof(TellsCapitals), nameof(HasWideCases))]
    [InlineData("superbpe", nameof(HasWideDigits))]
    [InlineData("bailingmoe")]
    [InlineData("seed-coder")]
    [InlineData("exaone-moe")]
    public void Random_text_is_split_as_families_do(string pre, params string[] differences)
    {
        using var file = new VocabularyFile(Vocabularies.Tokenizer("gpt-2").Vocabulary, pre);
        using var peer = new LlamaCppTokenizer(file.Path);
        Compare(Tokenizer.Load(file.Path), peer, differences);
    }

    /// <summary>Unigrams, by random scores for the pieces of Llama 2.</summary>
    [Theory]
    [InlineData(true, false, nameof(IsBlank))]
    [InlineData(true, true, nameof(HasSpaceMarks))]
    [InlineData(false, false)]
    public void Random_text_has_the_same_unigrams(bool addsPrefix, bool removesSpaces, params string[] differences)
    {
        var pieces = Vocabularies.Tokenizer("llama-spm").Vocabulary;
        var random = new Random(3);
        using var file = new VocabularyFile(new Vocabulary
        {
            Model = "t5",
            Tokens = pieces.Tokens,
            Types = [.. pieces.Types.Select(type => type == TokenType.Byte ? TokenType.Unused : type)], // llama.cpp has no fallback to bytes.
            Scores = [.. pieces.Scores.Select(_ => (float)(-15 * random.NextDouble()))],
            Unknown = pieces.Unknown,
            Eos = pieces.Eos,
            AddSpacePrefix = addsPrefix,
            RemoveExtraSpaces = removesSpaces,
        });
        using var peer = new LlamaCppTokenizer(file.Path);
        Compare(Tokenizer.Load(file.Path), peer, differences);
    }

    private static void Compare(Tokenizer tokenizer, LlamaCppTokenizer peer, string[] differences)
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(300);
        Prop.ForAll(TextGenerators.WellFormed.ToArbitrary(), text =>
        {
            if (text.Length > 0 && !text.Contains('\0') && !IsExcluded(text, differences))
            {
                Assert.Equal(peer.Encode(text), tokenizer.Encode(text));
            }
        }).Check(config);
    }
}

using AiKernels.Benchmarks.Engines;
using AiKernels.Runtime.Text;
using BenchmarkDotNet.Attributes;

namespace AiKernels.Benchmarks.Suites;

/// <summary>English text to tokens, on one thread, by real tokenizers in a folder beside the repository.</summary>
/// <remarks>Tokenizers and the text are those of <see cref="RealData"/>.</remarks>
[Config(typeof(Config))]
public class TokenizerSuite
{
    private const int LongText = 1_000_000, ShortText = 2_000;

    private Tokenizer? _tokenizer;
    private string _text = "";

    /// <summary>A file or folder below <c>tokenizers</c>.</summary>
    [Params("qwen2", "llama3", "llama3/llama3.2_encoder.json", "deepseek_v3", "spm/llama2.model", "hf_json/mistral03.json")]
    public string Name { get; set; } = "";

    /// <summary>Characters of text: a prompt with a document, or a short one.</summary>
    [Params(LongText, ShortText)]
    public int Length { get; set; }

    /// <summary>Loads the tokenizer and the text.</summary>
    [GlobalSetup]
    public void Load()
    {
        _tokenizer = Tokenizer.Load(RealData.Path("tokenizers", Name));
        _text = File.ReadAllText(RealData.Path("text", "tinyshakespeare.txt"))[..Length];
    }

    /// <summary>The whole text.</summary>
    [Benchmark]
    public int Encode() => _tokenizer!.Encode(_text).Length;

    // Characters of this text are bytes.
    private sealed class Config() : SuiteConfig("MB/s", benchmark => 1000.0 * (int)benchmark.Parameters[nameof(Length)]);
}

using System.Diagnostics;
using System.Text;
using AiKernels.Runtime.Tests.Files;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Damaged files of every kind make tokenizers, or are refused by a message; nothing else comes of them.</summary>
public sealed class TokenizerMutationTests
{
    private const int Mutations = 1_500;

    // Tables of a tokenizer, patterns among them, and gaps in the ids beyond what the file itself takes.
    private const long AllocationPerByte = 100, AllocationPerFile = 40_000_000;

    private static readonly TimeSpan MostTimePerFile = TimeSpan.FromSeconds(10);

    public static TheoryData<string> Kinds => [.. Honest.Keys];

    private static Dictionary<string, Func<byte[]>> Honest { get; } = new()
    {
        ["WordPiece"] = () => Encoding.UTF8.GetBytes(JsonTokenizer.WordPiece),
        ["unigrams"] = () => Encoding.UTF8.GetBytes(JsonTokenizer.Unigram),
        ["merges"] = () => Encoding.UTF8.GetBytes(JsonTokenizer.Pairs),
        ["splits"] = () => Encoding.UTF8.GetBytes(JsonTokenizer.Pairs.Replace(
            "\"model\"", """
            "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
              { "type": "Split", "pattern": { "Regex": "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s+(?!\\S)|[\\p{Lu}&&[^\\p{Han}]]++" }, "behavior": "Contiguous", "invert": true },
              { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "first" } ] }, "model"
            """)),
        ["SentencePiece"] = () => SentencePieceSketch.Unigram,
        ["SentencePiece with merges"] = () => SentencePieceSketch.Pairs,
        ["ranks"] = () => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 256).Select(value => $"{Convert.ToBase64String([(byte)value])} {value}\n")) + "YWI= 256\n"),
        ["words"] = () => Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able\na\n"),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_mutated_tokenizer_is_read_or_refused_and_nothing_else(string kind)
    {
        var (honest, random) = (Honest[kind](), new Random(kind.Length));
        using var file = new TemporaryFile(honest);
        Assert.True(IsRead(file, honest));
        var read = 0;
        for (var i = 0; i < Mutations; i++)
        {
            read += IsRead(file, Mutation.Of(honest, random)) ? 1 : 0;
        }

        // Some must be read, or the mutations are too wild to test anything.
        Assert.InRange(read, Mutations / 100, Mutations);
    }

    [Theory]
    [InlineData("tokenizers/spm/llama2.model")]
    [InlineData("tokenizers/hf_json/mistral03.json")]
    [InlineData("tokenizers/llama.cpp/ggml-vocab-bert-bge.gguf")]
    public void A_mutated_real_tokenizer_is_read_or_refused_and_nothing_else(string path)
    {
        var (honest, random) = (File.ReadAllBytes(TestData.Path(path)), new Random(1));
        using var file = new TemporaryFile(honest);
        for (var i = 0; i < 20; i++)
        {
            // Damage at both ends: what describes the tokenizer stands there.
            IsRead(file, [.. Mutation.Of(honest[..5_000], random), .. honest.AsSpan(5_000, honest.Length - 10_000), .. Mutation.Of(honest[^5_000..], random)]);
        }
    }

    /// <summary>Whether a file makes a tokenizer that can be used; other exceptions fail the test.</summary>
    private static bool IsRead(TemporaryFile file, byte[] mutant)
    {
        file.Overwrite(mutant);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        try
        {
            var tokenizer = Tokenizer.Load(file.Path, "gpt-2");
            foreach (var text in (string[])["unable to [MASK] <tool> key", "aab ba 12é🦙\u0301\n\t  ", "Ａﬁ½"])
            {
                tokenizer.Decode(tokenizer.EncodeWithSpecial(text, parseSpecial: true), renderSpecial: true);
                Assert.DoesNotContain(tokenizer.Encode(text), id => tokenizer.Vocabulary.Type(id) == TokenType.Control && id != tokenizer.Vocabulary.Unknown);
            }

            return true;
        }
        catch (InvalidDataException refusal)
        {
            Assert.NotEmpty(refusal.Message);
            return false;
        }
        finally
        {
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, MostTimePerFile);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.InRange(allocated, 0, AllocationPerFile + (AllocationPerByte * mutant.Length));
        }
    }
}

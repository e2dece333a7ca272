using System.Buffers.Binary;
using System.Diagnostics;
using AiKernels.Runtime.Text;
using Xunit;
using static AiKernels.Runtime.Tests.Text.TinyVocabulary;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Vocabularies that fit in small files and would take long, or much memory, to make tokenizers of.</summary>
public sealed class HostileVocabularyTests
{
    [Fact]
    public void Many_long_special_tokens_take_memory_in_proportion_to_the_file()
    {
        var random = new Random(1);
        var names = Utf8(Enumerable.Range(0, 50_000).Select(_ => string.Concat(random.GetItems("abcdefgh".AsSpan(), 100))));
        var vocabulary = new Vocabulary
        {
            Model = "gpt2",
            Pre = "gpt-2",
            Tokens = [.. ByteLevel.Tokens.Take(256), .. names],
            Types = [.. Enumerable.Repeat(TokenType.Normal, 256), .. Enumerable.Repeat(TokenType.UserDefined, names.Length)],
        };

        var before = GC.GetAllocatedBytesForCurrentThread();
        var tokenizer = Tokenizer.Create(vocabulary);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000_000); // 20 times the names; a trie takes 700 MB.
        Assert.Equal([256 + 777], tokenizer.Encode(System.Text.Encoding.UTF8.GetString(names[777])));
    }

    [Fact]
    public void Nested_special_tokens_are_found_at_once()
    {
        var vocabulary = new Vocabulary
        {
            Model = "gpt2",
            Pre = "gpt-2",
            Tokens = [.. ByteLevel.Tokens.Take(256), .. Utf8(Enumerable.Range(2, 1000).Select(length => new string('a', length) + "!"))],
            Types = [.. Enumerable.Repeat(TokenType.Normal, 256), .. Enumerable.Repeat(TokenType.UserDefined, 1000)],
        };
        var tokenizer = Tokenizer.Create(vocabulary);
        var start = Stopwatch.GetTimestamp();
        Assert.Equal(100_000, tokenizer.Encode(new string('a', 100_000)).Length);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        Assert.Equal([256, 256 + 2], tokenizer.Encode("aa!aaaa!"));
    }

    [Fact]
    public void Tokens_so_long_that_finding_their_merges_takes_seconds_are_refused()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Tokenizer.Create(SentencePieceOf([.. Runs('a'), .. Runs('b')])));
        Assert.Contains("long tokens", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_that_join_in_millions_of_ways_are_refused()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Tokenizer.Create(SentencePieceOf(Words(18))));
        Assert.Contains("more ways", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_of_characters_with_a_circle_is_not_followed_to_the_end_of_the_text_each_time()
    {
        // The root's child for the letter a has itself as its own.
        const int place = 256 ^ 'a', units = 512;
        var map = new byte[sizeof(int) * (units + 1)];
        BinaryPrimitives.WriteInt32LittleEndian(map, sizeof(int) * units);
        BinaryPrimitives.WriteInt32LittleEndian(map.AsSpan(sizeof(int)), 256 << 10);
        BinaryPrimitives.WriteInt32LittleEndian(map.AsSpan(sizeof(int) * (1 + place)), 'a' | ('a' << 10));
        var tokenizer = Tokenizer.Create(SentencePieceOf(["a"], map));
        var start = Stopwatch.GetTimestamp();
        Assert.Equal(500_000, tokenizer.Encode(new string('a', 500_000)).Length);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 20);
    }

    private static IEnumerable<string> Runs(char letter) => Enumerable.Range(1, 1024).Select(length => new string(letter, length));

    /// <summary>Every word of up to so many letters a and b.</summary>
    private static IEnumerable<string> Words(int longest) => Enumerable.Range(1, longest).SelectMany(length =>
        Enumerable.Range(0, 1 << length).Select(bits => string.Create(length, bits, (word, from) =>
        {
            for (var i = 0; i < word.Length; i++)
            {
                word[i] = (from >> i & 1) == 0 ? 'a' : 'b';
            }
        })));

    private static Vocabulary SentencePieceOf(IEnumerable<string> texts, byte[]? map = null)
    {
        var tokens = Utf8(["<unk>", .. texts]);
        return new Vocabulary
        {
            Model = "llama",
            Tokens = tokens,
            Types = [TokenType.Unknown, .. Enumerable.Repeat(TokenType.Normal, tokens.Length - 1)],
            Scores = new float[tokens.Length],
            Unknown = 0,
            CharacterMap = map,
        };
    }
}

using System.Text;
using AiKernels.Runtime.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

public sealed class MergeQueueTests
{
    private static readonly string[] Letters = ["a", "b", "c"];
    private static readonly int[] LetterTokens = [0, 10, 11];

    /// <summary>Any merges, also such as no training makes: a pair may rank before those that its parts are joined by.</summary>
    [Fact]
    public void Long_words_join_in_the_order_of_a_search_for_the_best_pair()
    {
        var vocabulary = Gen.Choose(0, 2).ListOf().Select(letters => string.Concat(letters.Take(6).Select(letter => Letters[letter])))
            .ListOf().Select(words => Letters.Concat(words.Where(word => word.Length > 1)).Distinct().ToArray());
        var ranks = Gen.Choose(0, 4).ArrayOf(64);
        var word = Gen.Choose(0, 2).ListOf().Select(letters => letters.ToArray());
        Prop.ForAll(vocabulary.ToArbitrary(), ranks.ToArbitrary(), word.ToArbitrary(), (texts, rank, symbols) =>
        {
            var merges = Merges(texts, [.. texts.Select((_, i) => rank[i % rank.Length])]);
            var joined = symbols.ToArray();
            var count = symbols.Length == 0 ? 0 : new MergeQueue().Merge(merges, joined);
            Assert.Equal(ByDefinition(merges, [.. symbols]), joined[..count]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void A_queue_is_ready_for_another_word()
    {
        var (queue, merges) = (new MergeQueue(), Merges(["a", "b", "c", "ab", "abc"], [0, 0, 0, 1, 2]));
        foreach (var length in (int[])[90, 3, 300])
        {
            var tokens = Enumerable.Range(0, length).Select(i => i % 3).ToArray();
            Assert.Equal(length / 3, queue.Merge(merges, tokens));
            Assert.All(tokens[..(length / 3)], token => Assert.Equal(4, token));
        }
    }

    /// <summary>Each pair is looked at when it comes up and when it is taken: at most three for each letter.</summary>
    [Theory]
    [InlineData("one letter")]
    [InlineData("random letters")]
    public void Steps_grow_with_the_length_of_a_word(string kind)
    {
        var random = new Random(1);
        var texts = Enumerable.Range(0, 10).Select(power => new string('a', 1 << power)).Append("b").Append("c").Append("ab").Append("bc").Append("cab").ToArray();
        var merges = Merges(texts, [.. Enumerable.Range(0, texts.Length)]);
        foreach (var length in (int[])[1_000, 10_000, 100_000])
        {
            var queue = new MergeQueue();
            queue.Merge(merges, [.. Enumerable.Range(0, length).Select(_ => kind == "one letter" ? 0 : LetterTokens[random.Next(3)])]);
            Assert.InRange(queue.Steps, 1, 3 * length);
        }
    }

    private static MergeTable Merges(string[] texts, int[] ranks)
    {
        var utf8 = Utf8Texts.Of([.. texts.Select(Encoding.UTF8.GetBytes)]);
        var index = new TokenIndex(utf8, texts.Length);
        for (var token = 0; token < texts.Length; token++)
        {
            index.TryAdd(token);
        }

        return MergeTable.FromRanks(ranks, index);
    }

    private static int[] ByDefinition(MergeTable merges, List<int> tokens)
    {
        while (true)
        {
            var best = Enumerable.Range(0, Math.Max(0, tokens.Count - 1)).Select(i => (merges.Find(tokens[i], tokens[i + 1]).Rank, i)).DefaultIfEmpty((MergeTable.NoRank, 0)).Min();
            if (best.Item1 == MergeTable.NoRank)
            {
                return [.. tokens];
            }

            tokens[best.Item2] = merges.Find(tokens[best.Item2], tokens[best.Item2 + 1]).Token;
            tokens.RemoveAt(best.Item2 + 1);
        }
    }
}

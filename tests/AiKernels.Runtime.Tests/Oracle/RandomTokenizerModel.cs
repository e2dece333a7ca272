using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>Random small sections <c>model</c> of files <c>tokenizer.json</c>.</summary>
internal sealed class RandomTokenizerModel(Random random, string[] alphabet)
{
    private static readonly string[] Bytes =
        [.. Enumerable.Range(0, 256).Select(value => Encoding.UTF8.GetString(ByteAlphabet.Encode([(byte)value])))];

    private static readonly string[] ByteNames =
        [.. Enumerable.Range(0, 256).Select(value => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"))];

    public JsonObject Of(string kind) => kind switch
    {
        "bytes" => Pairs(Bytes, ["a", "b", "c", "Ġ", "Ã", "©", "e", "æ", "A", ".", "'", "1", "Â", "²"], isByteLevel: true),
        "characters" => Some(alphabet, 8) is var some ? Pairs(some, some, isByteLevel: false) : [],
        "unigrams" => Unigrams(),
        _ => Words(),
    };

    private bool OneOf(int count) => random.Next(count) == 0;

    private T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>All but one of so many.</summary>
    private string[] Some(string[] texts, int count) => [.. texts.Where(_ => !OneOf(count))];

    private string Word(IReadOnlyList<string> letters) => string.Concat(Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Pick(letters)));

    private JsonObject Pairs(string[] letters, string[] mergeable, bool isByteLevel)
    {
        var vocabulary = new JsonObject();
        void Add(string text) => vocabulary.TryAdd(text, vocabulary.Count, out _);
        var (hasUnknown, hasBytes) = (OneOf(3), !isByteLevel && OneOf(2));
        Array.ForEach([.. hasUnknown ? ["<unk>"] : (string[])[], .. letters, .. hasBytes ? ByteNames : []], Add);
        List<string> words = [.. mergeable];
        List<(string, string)> merges = [];
        for (var i = random.Next(25); i > 0; i--)
        {
            var (left, right) = (Pick(words), Pick(words));
            if (left.Length + right.Length <= 8 && !merges.Contains((left, right)))
            {
                Add(left + right);
                words.Add(left + right);
                merges.Add((left, right));
            }
        }

        var order = merges.ToArray();
        if (OneOf(3))
        {
            random.Shuffle(order);
        }

        for (var i = OneOf(3) ? 4 : 0; i > 0; i--)
        {
            Add(Word(mergeable)); // To which no merges lead.
        }

        return new JsonObject
        {
            ["type"] = "BPE",
            ["unk_token"] = hasUnknown && !OneOf(3) ? "<unk>" : null,
            ["fuse_unk"] = OneOf(2),
            ["byte_fallback"] = hasBytes,
            ["ignore_merges"] = OneOf(4),
            ["vocab"] = vocabulary,
            ["merges"] = new JsonArray([.. order.Select(merge => new JsonArray(merge.Item1, merge.Item2))]),
        };
    }

    private JsonObject Unigrams()
    {
        var hasBytes = OneOf(2);
        string[] texts = [.. Some(alphabet, 6), .. Enumerable.Range(0, random.Next(25)).Select(_ => Word(alphabet))];
        var vocabulary = new JsonArray(new JsonArray("<unk>", 0));
        foreach (var text in texts.Distinct())
        {
            vocabulary.Add((JsonNode)new JsonArray(text, -(1 + random.Next(12)) / 2.0)); // With ties.
        }

        foreach (var name in hasBytes ? ByteNames : [])
        {
            vocabulary.Add((JsonNode)new JsonArray(name, -20));
        }

        return new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["byte_fallback"] = hasBytes, ["vocab"] = vocabulary };
    }

    private JsonObject Words()
    {
        var prefix = Pick(["##", "##", "##", "", "@"]);
        string[] texts = [.. Some(alphabet, 5), .. Some(alphabet, 5).Select(text => prefix + text), .. Enumerable.Range(0, random.Next(20)).Select(_ => (OneOf(2) ? prefix : "") + Word(alphabet))];
        var vocabulary = new JsonObject { ["[UNK]"] = 0 };
        foreach (var text in texts)
        {
            vocabulary.TryAdd(text, vocabulary.Count, out _);
        }

        return new JsonObject
        {
            ["type"] = "WordPiece",
            ["unk_token"] = "[UNK]",
            ["continuing_subword_prefix"] = prefix,
            ["max_input_chars_per_word"] = Pick([100, 5, 3]),
            ["vocab"] = vocabulary,
        };
    }
}

using System.Text;
using System.Text.Json.Nodes;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>Random small files <c>tokenizer.json</c> with all that they may ask for, and texts that are hard for them.</summary>
/// <param name="seed">Which.</param>
internal sealed class RandomTokenizerJson(int seed)
{
    private static readonly string[] Alphabet = ["a", "b", "c", "é", "▁", "我", "A", "İ", " ", "#", "1", "'", ".", "\u0301", "e", "ﬁ", "<", ">"];

    private static readonly string[] Hard =
    [
        "  ", "\n", "\t", "🦙", "ß", "Σ", " a", "ABC", "\u00a0", "\u3000", "½", "٣", "ǅ", "가", "\u0344", "\u200b", "\0", "\ufffd", "-", "!", "_", "123", "²",
    ];

    private static readonly string[] Added =
        ["<s>", "<a", "<a>", "ab", "a b", "x<a>", " z", "z ", "  ", "aB", "É", "key", "_k", "\n", "\n\n", "é", "e\u0301", "▁q", "ﬁn", "#", "##"];

    private static readonly string[] Patterns =
        [@"\s+(?!\S)|\s+|\S+", @"[^\r\n\p{L}\p{N}]?\p{L}+", @"\p{N}{1,3}", "a+?b", "(?i:a)b?", @"\w+|[^\w\s]+"];

    private static readonly string[] Behaviors = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

    private readonly Random _random = new(seed);

    /// <summary>A file with a model of a kind: bytes, characters, unigrams or words.</summary>
    public JsonObject File(string kind)
    {
        var model = new RandomTokenizerModel(_random, Alphabet).Of(kind);
        var normalizer = Normalizer();
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = AddedTokens(model),
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = Splits(kind == "bytes", isFirst: normalizer is null),
            ["post_processor"] = OneOf(3) ? Frame() : null,
            ["decoder"] = Decoder(kind),
            ["model"] = model,
        };
    }

    /// <summary>A text, in which a file's added tokens are likely.</summary>
    public string Text(JsonObject file)
    {
        string[] added = [.. file["added_tokens"]!.AsArray().Select(token => (string)token!["content"]!)];
        string[] pool = [.. Alphabet, .. Hard, .. added, .. added, .. added.Select(text => text.ToUpperInvariant())];
        return string.Concat(Enumerable.Range(0, 1 + _random.Next(12)).Select(_ => Pick(pool)));
    }

    /// <summary>Texts that a normalizer may make the same: which of two tokens is found then, a table's order decides there.</summary>
    private static string Plain(string text) => text.Trim().Normalize(NormalizationForm.FormKD).ToLowerInvariant();

    private static JsonNode Frame() => JsonNode.Parse("""
        {
          "type": "TemplateProcessing",
          "single": [ { "SpecialToken": { "id": "q", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } } ],
          "pair": [ { "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } } ],
          "special_tokens": { "q": { "id": "q", "ids": [1, 2], "tokens": ["q", "q"] } }
        }
        """)!;

    private static JsonNode? Decoder(string kind) => kind switch
    {
        "bytes" => JsonNode.Parse("""{ "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true }"""),
        "words" => null,
        _ => JsonNode.Parse("""
            { "type": "Sequence", "decoders": [ { "type": "Replace", "pattern": { "String": "▁" }, "content": " " }, { "type": "ByteFallback" }, { "type": "Fuse" } ] }
            """),
    };

    private bool OneOf(int count) => _random.Next(count) == 0;

    private T Pick<T>(T[] items) => items[_random.Next(items.Length)];

    private JsonArray AddedTokens(JsonObject model)
    {
        HashSet<string> known = model["vocab"] is JsonObject words
            ? [.. words.Select(word => word.Key)]
            : [.. model["vocab"]!.AsArray().Select(entry => (string)entry![0]!)];
        var id = known.Count;
        return new JsonArray(
        [
            .. _random.GetItems(Added, _random.Next(5)).DistinctBy(Plain).Where(text => !known.Contains(text)).Select(text => new JsonObject
            {
                ["id"] = id++, ["content"] = text, ["special"] = OneOf(2), ["normalized"] = OneOf(2),
                ["single_word"] = OneOf(4), ["lstrip"] = OneOf(4), ["rstrip"] = OneOf(4),
            }),
        ]);
    }

    private JsonObject? Normalizer() => _random.Next(5) switch
    {
        < 2 => null,
        < 4 => NormalizerStep(),
        _ => new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(NormalizerStep(), NormalizerStep()) },
    };

    private JsonObject NormalizerStep()
    {
        var step = new JsonObject { ["type"] = Pick(["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "Strip", "Prepend", "Replace", "BertNormalizer"]) };
        switch ((string)step["type"]!)
        {
            case "Strip":
                (step["strip_left"], step["strip_right"]) = (OneOf(2), OneOf(2));
                break;
            case "Prepend":
                step["prepend"] = "▁";
                break;
            case "Replace" when OneOf(2):
                (step["pattern"], step["content"]) = (new JsonObject { ["String"] = " " }, "▁");
                break;
            case "Replace":
                (step["pattern"], step["content"]) = (new JsonObject { ["Regex"] = " {2,}" }, " ");
                break;
            case "BertNormalizer":
                (step["clean_text"], step["handle_chinese_chars"], step["lowercase"]) = (OneOf(2), OneOf(2), OneOf(2));
                step["strip_accents"] = Pick<bool?>([null, true, false]);
                break;
        }

        return step;
    }

    /// <summary>Up to four ways to split; of bytes, also when they are written in their alphabet.</summary>
    private JsonObject? Splits(bool isBytes, bool isFirst)
    {
        List<JsonObject> steps = [];
        for (var i = _random.Next(3); i > 0; i--)
        {
            // Metaspace's "first" goes by places in the text as it was given, which nobody asks of a text that was changed before.
            steps.Add(Split(mayChange: true, isFirst: isFirst && steps.Count == 0));
        }

        if (isBytes)
        {
            steps.Add(new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = OneOf(2), ["trim_offsets"] = true, ["use_regex"] = OneOf(2) });
            for (var i = OneOf(3) ? 2 : 0; i > 0; i--)
            {
                steps.Add(Split(mayChange: false, isFirst: false));
            }
        }

        return steps.Count switch
        {
            0 => null,
            1 => steps[0],
            _ => new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray([.. steps]) },
        };
    }

    private JsonObject Split(bool mayChange, bool isFirst)
    {
        string[] kinds = ["Split", "Split", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "CharDelimiterSplit"];
        var split = new JsonObject { ["type"] = Pick(mayChange ? [.. kinds, "Metaspace", "Metaspace"] : kinds) };
        switch ((string)split["type"]!)
        {
            case "Split":
                var pattern = OneOf(2) ? ("String", Pick([" ", "a", "ab", "."])) : ("Regex", Pick(Patterns));
                split["pattern"] = new JsonObject { [pattern.Item1] = pattern.Item2 };
                (split["behavior"], split["invert"]) = (Pick(Behaviors), OneOf(2));
                break;
            case "Digits":
                split["individual_digits"] = OneOf(2);
                break;
            case "Punctuation":
                split["behavior"] = Pick(Behaviors);
                break;
            case "CharDelimiterSplit":
                split["delimiter"] = Pick(["a", ".", "▁"]);
                break;
            case "Metaspace":
                (split["replacement"], split["split"]) = ("▁", OneOf(2));
                split["prepend_scheme"] = Pick(isFirst ? ["always", "never", "first"] : (string[])["always", "never"]);
                break;
        }

        return split;
    }
}

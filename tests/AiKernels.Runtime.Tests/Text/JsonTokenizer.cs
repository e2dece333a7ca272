using System.Text;
using AiKernels.Runtime.Text;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Small files tokenizer.json.</summary>
internal static class JsonTokenizer
{
    /// <summary>WordPiece as BERT has it; "un" and "##able" make a word, "unable" is none.</summary>
    public const string WordPiece = """
        {
          "added_tokens": [
            { "id": 0, "content": "[UNK]", "special": true, "normalized": false },
            { "id": 1, "content": "[CLS]", "special": true, "normalized": false },
            { "id": 2, "content": "[SEP]", "special": true, "normalized": false },
            { "id": 3, "content": "[MASK]", "special": true, "normalized": false, "lstrip": true }
          ],
          "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true },
          "pre_tokenizer": { "type": "BertPreTokenizer" },
          "post_processor": {
            "type": "TemplateProcessing",
            "single": [ { "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "[SEP]", "type_id": 0 } } ],
            "pair": [],
            "special_tokens": { "[CLS]": { "id": "[CLS]", "ids": [1], "tokens": ["[CLS]"] }, "[SEP]": { "id": "[SEP]", "ids": [2], "tokens": ["[SEP]"] } }
          },
          "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
          "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 8,
            "vocab": { "[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[MASK]": 3, "un": 4, "##able": 5, "a": 6, "##n": 7, "!": 8, "我": 9, "i": 10, "uns": 11 }
          }
        }
        """;

    /// <summary>Unigrams with bytes for what is none.</summary>
    public static string Unigram { get; } = $$"""
        {
          "added_tokens": [ { "id": 0, "content": "<unk>", "special": true } ],
          "normalizer": null,
          "pre_tokenizer": { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
          "decoder": { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always" },
          "model": {
            "type": "Unigram", "unk_id": 0, "byte_fallback": true,
            "vocab": [ ["<unk>", 0], ["▁", -3], ["a", -2], ["b", -2.5], ["ab", -4], ["▁a", -3.5], ["ba", -4.2]{{Bytes("[\"{0}\", -10]")}} ]
          }
        }
        """;

    /// <summary>Merges of characters, in the newer way in which a token may have a space, and of bytes as a fallback.</summary>
    public static string Pairs { get; } = $$"""
        {
          "added_tokens": [
            { "id": 0, "content": "<s>", "special": true, "normalized": false },
            { "id": 1, "content": "<tool>", "special": false, "normalized": false, "rstrip": true, "lstrip": true },
            { "id": 2, "content": "key", "special": false, "normalized": false, "single_word": true },
            { "id": 3, "content": "Ab", "special": false, "normalized": true }
          ],
          "normalizer": { "type": "Lowercase" },
          "model": {
            "type": "BPE", "unk_token": null, "byte_fallback": true, "fuse_unk": false, "ignore_merges": false,
            "vocab": { "<s>": 0, "<tool>": 1, "key": 2, "Ab": 3, "a": 4, " ": 5, "c": 6, "a ": 7, "a c": 8, "ca": 9, "k": 10, "e": 11, "y": 12{{Bytes("\"{0}\": {1}", 13)}} },
            "merges": [ ["a", " "], ["a ", "c"], "c a" ]
          }
        }
        """;

    public static Tokenizer Load(string json)
    {
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes(json));
        return Tokenizer.Load(file.Path);
    }

    // Some of the 256, so that characters of other bytes stay unknown.
    private static string Bytes(string format, int first = 0) =>
        string.Concat(Enumerable.Range(0x80, 0x80).Select((value, i) => ", " + string.Format(null, format, $"<0x{value:X2}>", first + i)));
}

using System.Text;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Small files tokenizer.json that ask for much: each is refused by a sentence, at once.</summary>
public sealed class HostileTokenizerJsonTests
{
    private const string Doubling = """{ "type": "Replace", "pattern": { "String": "a" }, "content": "aa" }""";
    private const string Split = """{ "type": "Split", "pattern": { "String": "x" }, "behavior": "Isolated" }""";
    private const string Processor = """{ "type": "BertProcessing", "sep": ["a", 0], "cls": ["a", 0] }""";

    [Fact]
    public void A_normalizer_that_lets_a_text_grow_without_end_is_stopped()
    {
        var normalizer = $$"""{ "type": "Sequence", "normalizers": [{{Repeated(Doubling, 30)}}] }""";
        var tokenizer = JsonTokenizer.Load(Json(normalizer: normalizer));
        Assert.Equal([1], tokenizer.Encode("b"));
        Refused(() => tokenizer.Encode("a"), "more than a hundred times");
        Refused(() => Load(normalizer: normalizer, added: """{ "id": 2, "content": "a!", "special": false, "normalized": true }"""), "hundred times");
        Refused(() => tokenizer.Encode(new string('a', 1_000_000)), "hundred times");
    }

    [Fact]
    public void A_text_in_pieces_does_not_grow_more_than_a_whole_one()
    {
        var normalizer = $$"""{ "type": "Replace", "pattern": { "String": "a" }, "content": "{{new string('b', 9000)}}" }""";
        var tokenizer = JsonTokenizer.Load(Json(normalizer: normalizer, added: """{ "id": 2, "content": " ", "special": false, "normalized": false }"""));
        Assert.Equal(9000, tokenizer.Encode("a").Length);
        Refused(() => tokenizer.Encode(string.Concat(Enumerable.Repeat("a ", 1000))), "hundred times");
        Assert.Equal(9000, tokenizer.Encode("a").Length);
    }

    [Fact]
    public void Thousands_of_steps_are_refused()
    {
        Refused(() => Load(normalizer: $$"""{ "type": "Sequence", "normalizers": [{{Repeated(Doubling, 1000)}}] }"""), "normalizers[32]");
        Refused(() => Load(splits: $$"""{ "type": "Sequence", "pretokenizers": [{{Repeated(Split, 1000)}}] }"""), "pretokenizers[32]");
    }

    [Fact]
    public void Thousands_of_tokens_around_a_text_are_refused()
    {
        Refused(() => Load(processor: $$"""{ "type": "Sequence", "processors": [{{Repeated(Processor, 1000)}}] }"""), "processors[32]");
        Refused(
            () => Load(processor: Template(Repeated("""{ "SpecialToken": { "id": "x" } }""", 1000), "0")),
            "post_processor.single puts more than 64");
        Refused(
            () => Load(processor: Template("""{ "SpecialToken": { "id": "x" } }""", Repeated("0", 1000))),
            "post_processor.special_tokens.x.ids puts more than 64");
    }

    [Fact]
    public void A_merge_of_many_spaces_is_refused() =>
        Refused(() => Load(merges: $"\"{new string('a', 100_000)}{new string(' ', 100_000)}\""), "merges[0]");

    private static string Template(string parts, string ids) => $$"""
        {
          "type": "TemplateProcessing", "single": [{{parts}}, { "Sequence": { "id": "A" } }],
          "special_tokens": { "x": { "id": "x", "ids": [{{ids}}] } }
        }
        """;

    private static void Refused(Action read, string because) =>
        Assert.Contains(because, Assert.Throws<InvalidDataException>(read).Message, StringComparison.Ordinal);

    private static void Load(
        string normalizer = "null", string splits = "null", string processor = "null", string merges = "", string added = "") =>
        JsonTokenizer.Load(Json(normalizer, splits, processor, merges, added));

    private static string Json(
        string normalizer = "null", string splits = "null", string processor = "null", string merges = "", string added = "") => $$"""
        {
          "added_tokens": [{{added}}], "normalizer": {{normalizer}}, "pre_tokenizer": {{splits}}, "post_processor": {{processor}},
          "model": { "type": "BPE", "vocab": { "a": 0, "b": 1 }, "merges": [{{merges}}] }
        }
        """;

    private static string Repeated(string text, int count) => new StringBuilder().AppendJoin(", ", Enumerable.Repeat(text, count)).ToString();
}

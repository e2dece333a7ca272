using System.Text;
using AiKernels.Runtime.Text;
using AiKernels.Runtime.Text.Patterns;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

public sealed class FamilyTests
{
    private const int Length = 30_000;

    private static readonly string[] Parts =
    [
        " ", "\n", "\n ", " \n", "a", "A", "aA", "1", "!", "'", "'l", "\u3000", "我", "é", "e\u0301", "\u0301", "🦙", "<|im_", " a", "a ", "1 ", "\t\r\n",
        "\u00A0", "的1", "¡ ", "\u2028 ", "-\n",
    ];

    public static TheoryData<string> Names =>
    [
        "gpt-2", "mpt", "llama-bpe", "dbrx", "minicpm5", "jais-2", "qwen2", "stablelm2", "qwen35", "ufakzeka", "laguna", "deepseek-llm",
        "deepseek-coder", "deepseek-v3", "hunyuan", "hunyuan-dense", "spark2_5", "youtu", "afmoe", "falcon", "default", "command-r", "starcoder",
        "refact", "chameleon", "bloom", "viking", "gpt-4o", "tiny_aya", "superbpe", "tekken", "kimi-k2", "bailingmoe", "seed-coder", "exaone-moe",
        "glm4", "chatglm-bpe", "deepseek-r1-qwen",
    ];

    /// <summary>A pattern that reads a byte a hundred times throws (<see cref="Pattern.Find"/>), so that this counts steps.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void No_family_reads_a_text_over_and_over_or_loses_any_of_it(string name)
    {
        foreach (var part in Parts)
        {
            var repeated = string.Concat(Enumerable.Repeat(part, Length / part.Length));
            foreach (var text in (string[])[repeated, repeated + "x", repeated + "1", repeated + "我", repeated + ".", "\n" + repeated, "x" + repeated])
            {
                var counter = new Counter();
                var stage = Family.Named(name).Splits.Reverse().Aggregate((Stage)counter, (next, rule) => rule.Before(next));
                var utf8 = Encoding.UTF8.GetBytes(text);
                stage.Take(utf8, isStart: true, new EncodingRun());
                Assert.Equal(utf8.Length, counter.Bytes);
            }
        }
    }

    [Theory]
    [InlineData("gpt-2", "It's 1234 of\n\n 我想 THE'LL", "It|'s| 1234| of|\n\n| 我想| THE|'|LL")]
    [InlineData("qwen2", "It's 123 of\n\n 我想 THE'LL", "It|'s| |1|2|3| of|\n\n| 我想| THE|'LL")]
    [InlineData("llama-bpe", "1234 (a)\n", "123|4| (|a|)\n")]
    [InlineData("qwen35", "e\u0323x", "e\u0323x")]
    [InlineData("deepseek-v3", "12345 的a_b.c=d  ef", "123|45| |的|a|_b|.c|=d| | ef")]
    [InlineData("deepseek-llm", "a 1的2\nb.", "a| |1|的|2|\n|b|.")]
    [InlineData("deepseek-coder", "a  b12.", "a| | b|1|2|.")]
    [InlineData("gpt-4o", "camelCase HTTPServer'S x/\n", "camel|Case| HTTPServer'S| x|/\n")]
    [InlineData("tekken", "camelCase'S 12", "camel|Case|'S| |1|2")]
    [InlineData("kimi-k2", "Ab的cD'll 1234", "Ab|的|c|D'll| |123|4")]
    [InlineData("falcon", "a.b 12345", "a|.|b| |123|45")]
    [InlineData("starcoder", "x = 123", "x| =| |1|2|3")]
    [InlineData("bloom", "a, b. c", "a|,| b|.| c")]
    [InlineData("bailingmoe", "a\n\nb  !", "a|\n\n|b| | !")]
    [InlineData("superbpe", "x12345", "x|12|345")]
    [InlineData("jais-2", "a       b", "a|    |  | b")]
    public void Families_split_as_their_patterns_say(string name, string text, string expected)
    {
        var counter = new Counter();
        var stage = Family.Named(name).Splits.Reverse().Aggregate((Stage)counter, (next, rule) => rule.Before(next));
        stage.Take(Encoding.UTF8.GetBytes(text), isStart: true, new EncodingRun());
        Assert.Equal(expected, string.Join('|', counter.Pieces));
    }

    private sealed class Counter : Stage
    {
        public int Bytes { get; private set; }

        public List<string> Pieces { get; } = [];

        public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
        {
            Bytes += text.Length;
            if (Pieces.Count < 100)
            {
                Pieces.Add(Encoding.UTF8.GetString(text));
            }
        }
    }
}

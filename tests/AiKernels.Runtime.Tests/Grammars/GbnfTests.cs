using System.Text.Json;
using AiKernels.Runtime.Grammars;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

public sealed class GbnfTests
{
    [Fact]
    public void Verdicts_are_those_of_llama_cpp()
    {
        Assert.All(GrammarVector.OfKind("grammar"), vector =>
        {
            var grammar = Grammar.FromGbnf(vector.Source);
            Assert.All(vector.Passing, text => Assert.True(GrammarMatcher.IsMatch(grammar, text), $"{vector.Name}: {text}"));
            Assert.All(vector.Failing, text => Assert.False(GrammarMatcher.IsMatch(grammar, text), $"{vector.Name}: {text}"));
        });
    }

    [Fact]
    public void What_has_to_parse_does_and_what_has_to_fail_does()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Path("grammars/llama.cpp_grammar_parser.json")));
        Assert.All(document.RootElement.GetProperty("must_parse").EnumerateArray(), source => Grammar.FromGbnf(source.GetString()!));
        Assert.All(document.RootElement.GetProperty("must_fail").EnumerateArray(), source =>
            Assert.Throws<GrammarException>(() => Grammar.FromGbnf(source.GetString()!)));
    }

    [Theory]
    [InlineData("arithmetic", "12*(3 +x)=42\n")]
    [InlineData("c", "int main(){return 0;}")]
    [InlineData("chess", "1. e4 e5\n2. Nf3 Nc6\n3. Bb5 a6\n")]
    [InlineData("english", "All is well.")]
    [InlineData("japanese", "すべて。")]
    [InlineData("json", "{ \"a\" : [1, 2.5e3, \"\\u00e9\", null] }")]
    [InlineData("json_arr", "[\n{\"a\":1},\n{\"b\":[]}\n]")]
    [InlineData("list", "- one\n- two\n")]
    public void Grammars_of_llama_cpp_can_be_read(string name, string text)
    {
        var grammar = Grammar.FromGbnf(File.ReadAllText(TestData.Path($"grammars/{name}.gbnf")));
        Assert.False(GrammarMatcher.IsMatch(grammar, "\u0001"));
        Assert.True(GrammarMatcher.IsMatch(grammar, text), name);
    }

    [Theory]
    [InlineData("root ::= missing", "there is no rule missing (line 1, column 10)")]
    [InlineData("main ::= \"a\"", "the grammar has no rule root")]
    [InlineData("root ::= \"a", "a literal or class has no end (line 1, column 12)")]
    [InlineData("root ::= [z-a]", "expected a range's last character to come behind its first (line 1, column 14)")]
    [InlineData("root ::= root \"a\" | \"a\"", "the rule root begins with itself, so that no text would ever be read")]
    [InlineData("root ::= \"x\" root", "no text belongs to the grammar: its root never comes to an end")]
    [InlineData("root ::= \"a\"{3,2}", "a repeat from 3 to 2 times can't be (line 1, column 17)")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "the rule root is there twice (line 2, column 1)")]
    [InlineData("root ::= (\"a\"", "expected ) (line 1, column 14)")]
    [InlineData("root ::= <think>", "the token <think> needs a model's vocabulary (line 1, column 10)")]
    public void A_bad_grammar_gets_one_sentence(string source, string message) =>
        Assert.Equal(message, Assert.Throws<GrammarException>(() => Grammar.FromGbnf(source)).Message);

    [Fact]
    public void Deep_nesting_is_refused()
    {
        Assert.Throws<GrammarException>(() => Grammar.FromGbnf("root ::= " + new string('(', 100_000)));
        Assert.Throws<GrammarException>(() => Grammar.FromGbnf("root ::= " + string.Concat(Enumerable.Repeat("\"a\"? ", 100_000))));
    }

    [Fact]
    public void A_long_text_needs_no_memory_for_what_it_has_read()
    {
        var matcher = new GrammarMatcher(Grammar.FromGbnf("root ::= \"a\" root | \"b\""));
        Assert.Equal(100_000, matcher.Read(new string('a', 100_000).Select(c => (byte)c).ToArray()));
        Assert.False(matcher.IsComplete);
        Assert.Equal(1, matcher.Read("bb"u8));
        Assert.True(matcher.IsComplete);
        Assert.False(matcher.CanGoOn);
    }

    [Fact]
    public void Characters_are_read_whole()
    {
        var grammar = Grammar.FromGbnf("root ::= [^a-z]{2}");
        Assert.All(["éé", "AB", "語😀"], (string text) => Assert.True(GrammarMatcher.IsMatch(grammar, text), text));
        Assert.All(["é", "ab", "AAA"], (string text) => Assert.False(GrammarMatcher.IsMatch(grammar, text), text));
        Assert.Equal(0, new GrammarMatcher(grammar).Read([0xFF]));
        Assert.Equal(1, new GrammarMatcher(grammar).Read([0xE3, 0x28]));
    }
}

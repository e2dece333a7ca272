using System.Diagnostics;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Tests.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

/// <summary>Grammars that somebody made to take time and memory: the engine's thread must not be held by one.</summary>
public sealed class HostileGrammarTests
{
    [Theory]
    [InlineData("(a|b)*a(a|b){200}")]
    [InlineData("(x+x+)+y")]
    [InlineData("(.*a){40}")]
    [InlineData("(?=.*a)(?=.*b)(?=.*c)(?=.*d)(?=.*e)(?=.*f)(?=.*g)(?=.*h)(?=.*i)(?=.*j).{1000,100000}")]
    public void Masks_of_expressions_are_found_or_refused(string pattern) => Use(() => Grammar.FromRegex(pattern));

    [Theory]
    [InlineData("(a|b)", 60)]
    [InlineData("(a?|b?)", 60)]
    [InlineData("(ab|cd)", 20_000)]
    public void Alternatives_that_follow_each_other_are_not_walked_in_all_ways(string group, int times)
    {
        var clock = Stopwatch.StartNew();
        Use(() => Grammar.FromRegex("(a|b)*a" + string.Concat(Enumerable.Repeat(group, times))));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60); // Less than one; it took for ever.
    }

    [Fact]
    public void Repeats_of_repeats_are_few()
    {
        Assert.True(GrammarMatcher.IsMatch(Grammar.FromGbnf("root ::= \"a\"?*+{1,3}"), "aa"));
        Assert.Contains("repeats", Assert.Throws<GrammarException>(() => Grammar.FromGbnf("root ::= \"a\"" + new string('?', 100_000))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ambiguous_grammar_is_refused_when_it_takes_too_long()
    {
        var constraint = new TokenConstraint(
            Grammar.FromGbnf("root ::= x\nx ::= [a-z] x | [a-z] x x | [a-z]"), Vocabularies.Tokenizer("gpt-2"));
        var letter = Vocabularies.Tokenizer("gpt-2").Encode("a").Single();
        Assert.Throws<GrammarException>(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                _ = constraint.Mask();
                constraint.TryAdd(letter);
            }
        });
    }

    [Theory]
    [InlineData("root ::= a a a a a a\na ::= b* c*\nb ::= \"x\" a \"y\" | [a-z]\nc ::= [a-z]+ | b")]
    [InlineData("root ::= x\nx ::= [a-z] x | [a-z] x x | [a-z]")]
    [InlineData("root ::= ( [a-z]* [a-z]* [a-z]* )*")]
    public void Masks_of_grammars_are_found_or_refused(string gbnf) => Use(() => Grammar.FromGbnf(gbnf));

    [Fact]
    public void Schemas_that_multiply_are_refused()
    {
        var any = string.Join(',', Enumerable.Range(0, 12).Select(i =>
            $$"""{"anyOf":[{{string.Join(',', Enumerable.Range(0, 12).Select(j => $$"""{"required":["a{{i}}_{{j}}"]}"""))}}]}"""));
        Assert.Throws<GrammarException>(() => Grammar.FromJsonSchema($$"""{"allOf":[{{any}}]}"""));
    }

    [Fact]
    public void Deep_schemas_are_refused() => Assert.Throws<GrammarException>(() => Grammar.FromJsonSchema(
        string.Concat(Enumerable.Repeat("""{"not":""", 100_000)) + "true" + new string('}', 100_000)));

    [Theory]
    [InlineData("not", "{0}")]
    [InlineData("allOf", "[{0}]")]
    public void Schemas_that_refer_to_each_other_on_and_on_are_refused(string keyword, string holds)
    {
        const int most = 20_000;
        var schemas = Enumerable.Range(0, most).Select(i =>
            $"\"d{i}\":{{\"{keyword}\":{string.Format(null, holds, $"{{\"$ref\":\"#/$defs/d{i + 1}\"}}")}}}");
        var schema = $"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{string.Join(',', schemas)},\"d{most}\":true}}}}";
        Assert.Contains("references", Assert.Throws<GrammarException>(() => Grammar.FromJsonSchema(schema)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_classes_and_long_chains_of_rules_are_read()
    {
        var letters = string.Concat(Enumerable.Range(0, 50_000).Select(i => char.ConvertFromUtf32(0x20000 + (2 * i))));
        Assert.True(GrammarMatcher.IsMatch(Grammar.FromRegex($"[{letters}]"), letters[..2]));
        var chain = string.Concat(Enumerable.Range(0, 16_000).Select(i => $"r{i} ::= r{i + 1}\n"));
        Assert.True(GrammarMatcher.IsMatch(Grammar.FromGbnf($"root ::= r0\n{chain}r16000 ::= \"a\""), "a"));
    }

    [Theory]
    [InlineData(300)]
    [InlineData(1000)]
    public void What_has_many_names_in_any_order_is_refused_before_it_takes_long(int count)
    {
        var names = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"name{i}\""));
        var matcher = new GrammarMatcher(Grammar.FromJsonSchema($$"""{"required":[{{names}}]}"""));
        Assert.Throws<GrammarException>(() => matcher.Read("{\"name1\":1,"u8));
    }

    private static void Use(Func<Grammar> make)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        try
        {
            var grammar = make();
            var constraint = new TokenConstraint(grammar, Vocabularies.Tokenizer("gpt-2"));
            for (var i = 0; i < 100; i++)
            {
                var mask = constraint.Mask();
                if (mask.Count == 0 || !constraint.TryAdd(mask.First))
                {
                    break;
                }
            }

            GC.KeepAlive(grammar);
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 600L << 20);
        }
        catch (GrammarException)
        {
        }
    }
}

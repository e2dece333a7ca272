using System.Text;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Tests.Chat;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

/// <summary>Tokens under grammars, chosen at random by nobody who knows what they mean.</summary>
public sealed class TokenConstraintTests
{
    private static Tokenizer Gpt2 => Vocabularies.Tokenizer("gpt-2");

    [Theory]
    [InlineData("""{"type":"array","uniqueItems":true,"minItems":2,"items":{"oneOf":[{"const":"a"},{"const":"b"}]}}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":["boolean","null"]}}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"prefixItems":[{"enum":[1,2]}],"items":{"enum":[1,2,3]}}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":"object","properties":{"a":{"enum":["x","y","z"]}},"required":["a"],"additionalProperties":false}}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":"integer","minimum":1,"maximum":3}}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":"integer","minimum":1,"maximum":999},"maxItems":40}""")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":"string","pattern":"^(a|ab|abc|b)$"}}""")]
    [InlineData("""{"type":"integer","multipleOf":4096,"minimum":0,"maximum":2147483647}""")]
    [InlineData("""{"type":"integer","multipleOf":86400,"minimum":1700000000,"maximum":1800000000}""")]
    [InlineData("""{"type":"number","multipleOf":0.00065536,"minimum":0,"maximum":1}""")]
    [InlineData("""{"type":"integer","multipleOf":65536}""")]
    [InlineData("""{"type":"number","multipleOf":250}""")]
    [InlineData("""{"type":"number","not":{"multipleOf":997}}""")]
    public void No_way_is_offered_that_leads_nowhere(string schema)
    {
        var grammar = Grammar.FromJsonSchema(schema, new JsonSchemaOptions { Whitespace = JsonWhitespace.None });
        for (var seed = 0; seed < 20; seed++)
        {
            var text = Generate(grammar, new Random(seed));
            Assert.True(SchemaValidator.IsValid(schema, text), text);
        }
    }

    [Fact]
    public void A_number_that_is_there_already_ends_no_item_by_white_space()
    {
        var constraint = new TokenConstraint(Grammar.FromJsonSchema("""{"type":"array","uniqueItems":true,"items":{"type":"integer"}}"""), Gpt2);
        Assert.All(Gpt2.Encode("[7,7"), token => Assert.True(constraint.TryAdd(token)));
        Assert.False(constraint.TryAdd(Gpt2.Encode(" ").Single()));
        Assert.False(constraint.TryAdd(Gpt2.Encode("\n").Single()));
        Assert.True(constraint.TryAdd(Gpt2.Encode("0").Single()));
        Assert.True(constraint.TryAdd(Gpt2.Encode("\n").Single()));
    }

    [Fact]
    public void Nor_does_it_by_a_line_end_of_two_characters()
    {
        var grammar = Grammar.FromJsonSchema("""{"type":"array","uniqueItems":true,"items":{"type":"integer"}}""");
        Assert.Equal(7, new GrammarMatcher(grammar).Read("[7,70\r\n"u8));
        Assert.InRange(new GrammarMatcher(grammar).Read("[7,7\r\n"u8), 4, 5);
    }

    [Theory]
    [InlineData("""{"type":"array","items":{"enum":["x","y"]},"minItems":1,"maxItems":1}""", "[[\"x\"],[\"")]
    [InlineData("""{"type":"array","items":{"enum":["x","y"]},"minItems":1,"maxItems":2}""", "[[\"x\"],[\"x\",\"y\"],[\"x\",\"x\"],[\"")]
    [InlineData("""{"type":"object","properties":{"a":{"enum":["x","y"]}},"required":["a"]}""", "[{\"a\":\"x\"},{\"a\":\"")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"enum":["x","y"]},"maxItems":1}}}""", "[{\"a\":[\"x\"]},{\"a\":[\"")]
    public void What_can_only_become_an_item_that_is_there_already_is_not_begun(string items, string begun)
    {
        var constraint = new TokenConstraint(Grammar.FromJsonSchema($$"""{"type":"array","uniqueItems":true,"items":{{items}}}"""), Gpt2);
        Assert.All(Gpt2.Encode(begun), token => Assert.True(constraint.TryAdd(token)));
        Assert.False(constraint.TryAdd(Gpt2.Encode("x").Single()));
        Assert.True(constraint.TryAdd(Gpt2.Encode("y").Single()));
    }

    [Fact]
    public void A_token_at_which_generation_stops_is_no_text()
    {
        var tokenizer = ChatVocabulary.With([], [], TokenType.UserDefined);
        var end = tokenizer.Encode("<|im_end|>", parseSpecial: true).Single();
        Assert.True(tokenizer.IsEndOfGeneration(end));
        var constraint = new TokenConstraint(Grammar.Json(), tokenizer);
        Assert.All(tokenizer.Encode("\"a"), token => Assert.True(constraint.TryAdd(token)));
        Assert.False(constraint.Mask().Contains(end), "it would end within a string");
        Assert.False(constraint.TryAdd(end));
        Assert.True(constraint.TryAdd(tokenizer.Encode("\"").Single()));
        Assert.True(constraint.Mask().Contains(end), "the text is whole");
    }

    [Fact]
    public void Names_and_constants_are_certain()
    {
        var schema = """{"type":"object","properties":{"country":{"const":"Luxembourg"}},"required":["country"],"additionalProperties":false}""";
        var constraint = new TokenConstraint(Grammar.FromJsonSchema(schema, new JsonSchemaOptions { Whitespace = JsonWhitespace.OneSpace }), Gpt2);
        Assert.Equal("""{"country": "Luxembourg"}""", Encoding.UTF8.GetString([.. constraint.Forced().SelectMany(token => Gpt2.Piece(token).ToArray())]));
    }

    [Fact]
    public void Objects_that_list_properties_are_generated_with_no_others_unless_that_is_wanted()
    {
        const string schema = """{"type":"object","properties":{"a":{"type":"boolean"}},"required":["a"]}""";
        string Forced(bool isOpen)
        {
            var options = new JsonSchemaOptions { Whitespace = JsonWhitespace.None, OpenObjects = isOpen };
            return string.Concat(new TokenConstraint(Grammar.FromJsonSchema(schema, options), Gpt2).Forced().Select(token => Encoding.UTF8.GetString(Gpt2.Piece(token))));
        }

        Assert.StartsWith("{\"a", Forced(isOpen: false), StringComparison.Ordinal);
        Assert.DoesNotContain("a", Forced(isOpen: true), StringComparison.Ordinal);
        Assert.True(GrammarMatcher.IsMatch(Grammar.FromJsonSchema(schema), """{"b":1,"a":true}"""));
    }

    [Fact]
    public void A_token_that_is_named_may_be_spelt_as_well()
    {
        var hello = Gpt2.Encode("hello").Single();
        var constraint = new TokenConstraint(Grammar.FromGbnf($"root ::= <[{hello}]> \"x\" | \"hello\""), Gpt2);
        Assert.True(constraint.TryAdd(hello));
        Assert.True(constraint.IsComplete);
        Assert.True(constraint.TryAdd(Gpt2.Encode("x").Single()));
        Assert.True(constraint.IsFinished);
    }

    [Fact]
    public void A_grammar_may_name_the_token_that_ends_an_answer()
    {
        var end = Gpt2.Vocabulary.Eos!.Value;
        var constraint = new TokenConstraint(Grammar.FromGbnf($"root ::= \"a\" <[{end}]>"), Gpt2);
        Assert.False(constraint.TryAdd(end));
        Assert.True(constraint.TryAdd(Gpt2.Encode("a").Single()));
        Assert.True(constraint.Mask().Contains(end));
        Assert.True(constraint.TryAdd(end));
        Assert.True(constraint.IsFinished);
    }

    [Fact]
    public void A_mask_that_takes_too_much_can_be_made_exact()
    {
        // Whether it is 97 or 100 letters is for the first to say; a mask looks at fewer.
        var constraint = new TokenConstraint(Grammar.FromRegex("(?=(?:[a-z ]{97})*$)(?:x[a-z ]{96}|[a-wyz ][a-z ]{99})"), Gpt2);
        var mask = constraint.Mask();
        var before = mask.Count;
        constraint.Restrict(mask);
        Assert.InRange(mask.Count, 1, before / 10);
        for (var token = 0; token < Gpt2.VocabularySize; token++)
        {
            Assert.True(!mask.Contains(token) || Gpt2.Piece(token)[0] == 'x');
        }
    }

    private static string Generate(Grammar grammar, Random random)
    {
        var constraint = new TokenConstraint(grammar, Gpt2);
        List<byte> text = [];
        while (!constraint.IsFinished)
        {
            var mask = constraint.Mask();
            List<int> allowed = [.. Enumerable.Range(0, Gpt2.VocabularySize).Where(mask.Contains)];
            int token;
            do
            {
                Assert.True(allowed.Count > 0, $"nothing goes on behind {Encoding.UTF8.GetString([.. text])}");
                token = allowed[random.Next(allowed.Count)];
                allowed.Remove(token);
            }
            while (!constraint.TryAdd(token));

            if (Gpt2.IsEndOfGeneration(token))
            {
                break;
            }

            text.AddRange(Gpt2.Piece(token).ToArray());
        }

        return Encoding.UTF8.GetString([.. text]);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Grammars;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

public sealed class JsonSchemaTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public void Verdicts_are_those_of_llama_cpp()
    {
        Assert.All(GrammarVector.OfKind("schema"), vector =>
        {
            var grammar = Grammar.FromJsonSchema(vector.Source);
            Assert.All(vector.Passing, text => Assert.True(GrammarMatcher.IsMatch(grammar, text), $"{vector.Name}: {text}"));
            Assert.All(vector.Failing, text => Assert.False(GrammarMatcher.IsMatch(grammar, text), $"{vector.Name}: {text}"));
        });
    }

    [Fact]
    public void What_llama_cpp_converts_can_be_read_and_what_it_refuses_cannot()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Path("grammars/llama.cpp_json_schema_to_grammar.json")));
        Assert.All(document.RootElement.EnumerateArray(), vector =>
        {
            var (schema, isGood) = (vector.GetProperty("schema").GetString()!, vector.GetProperty("status").GetString() == "SUCCESS");
            if (isGood)
            {
                Grammar.FromJsonSchema(schema);
            }
            else
            {
                Assert.Throws<GrammarException>(() => Grammar.FromJsonSchema(schema));
            }
        });
    }

    [Fact]
    public void Suite()
    {
        List<string> wrong = [], refused = [];
        var right = 0;
        foreach (var file in Directory.GetFiles(TestData.Path("json_schema/suite/tests/draft2020-12"), "*.json").Order())
        {
            foreach (var group in JsonNode.Parse(File.ReadAllText(file))!.AsArray())
            {
                var name = $"{Path.GetFileNameWithoutExtension(file)}: {group!["description"]}";
                Console.Error.WriteLine(name);
                Grammar grammar;
                try
                {
                    grammar = Grammar.FromJsonSchema(group["schema"]!.ToJsonString());
                }
                catch (GrammarException fault)
                {
                    refused.Add($"{name}: {fault.Message}");
                    continue;
                }

                foreach (var test in group["tests"]!.AsArray())
                {
                    foreach (var text in new[] { test!["data"]?.ToJsonString() ?? "null", test["data"]?.ToJsonString(Indented) ?? "null" })
                    {
                        var isValid = test["valid"]!.GetValue<bool>();
                        bool isMatch;
                        try { isMatch = GrammarMatcher.IsMatch(grammar, text); } catch (Exception e) { wrong.Add($"{name} / {test["description"]}: {e.Message}"); continue; }
                        if (isMatch == isValid) right++; else wrong.Add($"{name} / {test["description"]}: {text} should be {isValid}");
                    }
                }
            }
        }

        Console.WriteLine($"{right} right, {wrong.Count} wrong, {refused.Count} refused");
        Console.WriteLine(string.Join('\n', refused));
        Console.WriteLine("----");
        Console.WriteLine(string.Join('\n', wrong));
    }
}

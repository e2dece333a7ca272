using System.Diagnostics;
using System.Text;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Masks;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

public sealed class ScratchTests
{
    [Fact]
    public void Measure()
    {
        var tokenizer = Vocabularies.Tokenizer("qwen2");
        var clock = Stopwatch.StartNew();
        var vocabulary = TokenVocabulary.Of(tokenizer);
        Console.WriteLine($"trie {clock.Elapsed.TotalMilliseconds:F1} ms ");
        var text = """
            {"name": "A green door, that opens", "price": 12.50, "tags": ["home", "green"], "text": "It was a bright cold day in April, and the clocks were striking thirteen. Winston Smith, his chin nuzzled into his breast in an effort to escape the vile wind", "nested": {"a": [1, 2, 3, {"b": null}], "c": "x", "numbers": [12.5, -3e10, true]}}
            """;
        var tokens = tokenizer.Encode(text);
        foreach (var name in new[] { "json", "json", "c" })
        {
            clock.Restart();
            var grammar = Grammar.FromGbnf(File.ReadAllText(TestData.Path($"grammars/{name}.gbnf")));
            Console.WriteLine($"{name} compile {clock.Elapsed.TotalMilliseconds:F2} ms");
            var masks = new GrammarMasks(grammar, vocabulary);
            for (var pass = 0; pass < 3; pass++)
            {
                var current = grammar.Automaton.Start(grammar.Root);
                var times = new List<double>();
                var steps = new StringBuilder();
                foreach (var token in tokens)
                {
                    clock.Restart();
                    var mask = masks.Of(current);
                    if (!mask.Contains(token)) { Console.WriteLine("stop at " + Encoding.UTF8.GetString(tokenizer.Piece(token))); break; }
                    foreach (var b in tokenizer.Piece(token)) current = grammar.Automaton.Find(current, b);
                    times.Add(clock.Elapsed.TotalMicroseconds);
                }

                Console.WriteLine($"pass {pass}: {times.Count} tokens, mean {times.Average():F1} us, max {times.Max():F1}, median {times.Order().ElementAt(times.Count/2):F1}");
                if (pass == 0) Console.WriteLine(string.Join(' ', times.Select(t => t.ToString("F0"))));
            }
        }
    }
}

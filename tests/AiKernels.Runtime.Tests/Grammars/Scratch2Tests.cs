using System.Diagnostics;
using System.Text;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Masks;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

public sealed class Scratch2Tests
{
    [Fact]
    public void Bench()
    {
        var tokenizer = Vocabularies.Tokenizer("qwen2");
        var vocabulary = TokenVocabulary.Of(tokenizer);
        var random = new Random(1);
        foreach (var file in Directory.GetFiles(TestData.Path("json_schema/jsonschemabench"), "*.json").Order())
        {
            var clock = Stopwatch.StartNew();
            try
            {
                var grammar = Grammar.FromJsonSchema(File.ReadAllText(file));
                var compile = clock.Elapsed.TotalMilliseconds;
                var masks = new GrammarMasks(grammar, vocabulary);
                var times = new List<double>();
                var ends = 0; var dead = 0;
                var last = "";
                for (var run = 0; run < 5; run++)
                {
                    var current = grammar.Automaton.Start(grammar.Root);
                    var text = new List<byte>();
                    for (var step = 0; step < 300; step++)
                    {
                        clock.Restart();
                        var mask = masks.Of(current);
                        times.Add(clock.Elapsed.TotalMicroseconds);
                        if (current.IsComplete && random.Next(2) == 0) { ends++; break; }
                        var tokens = new List<int>();
                        for (var w = 0; w < mask.Words.Length; w++) for (var word = mask.Words[w]; word != 0; word &= word - 1) tokens.Add(w * 64 + System.Numerics.BitOperations.TrailingZeroCount(word));
                        if (tokens.Count == 0) { if (!current.IsComplete) dead++; else ends++; break; }
                        var token = tokens[random.Next(tokens.Count)];
                        // prefer short ends
                        foreach (var b in tokenizer.Piece(token)) current = grammar.Automaton.Find(current, b);
                        text.AddRange(tokenizer.Piece(token).ToArray());
                    }
                    last = Encoding.UTF8.GetString(text.ToArray());
                }

                times.Sort();
                Console.WriteLine($"{Path.GetFileName(file)} compile {compile:F1} ms, {times.Count} masks mean {times.Average():F0} us median {times[times.Count / 2]:F0} max {times[^1]:F0} ends {ends} dead {dead} {last[..Math.Min(80, last.Length)].Replace('\n', ' ')}");
            }
            catch (GrammarException e)
            {
                Console.WriteLine($"{Path.GetFileName(file)} {e.Message}");
            }
        }
    }
}

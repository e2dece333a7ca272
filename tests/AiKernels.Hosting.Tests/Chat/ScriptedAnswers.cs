using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Text;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>Answers that somebody wrote by hand, which the engine gives whatever the model says.</summary>
internal static class ScriptedAnswers
{
    /// <summary>Options with which the answer is a text, and then the token that ends it.</summary>
    public static ChatOptions Saying(this ChatOptions options, string said, Tokenizer tokenizer)
    {
        int[] tokens = [.. tokenizer.Encode(said), tokenizer.Vocabulary.EndOfGeneration.First()];
        options.RawRepresentationFactory = _ =>
        {
            var start = -1;
            return new GenerationOptions
            {
                MaxTokens = 200,
                Script = length =>
                {
                    start = start < 0 ? length : start;
                    return tokens[Math.Min(length - start, tokens.Length - 1)];
                },
            };
        };
        return options;
    }
}

using System.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>What a prompt has already begun of the answer.</summary>
internal static class PromptTail
{
    /// <summary>The text behind the last control token that is no marker of a syntax: so users' words count for nothing.</summary>
    public static string Of(Tokenizer tokenizer, ReadOnlySpan<int> prompt, ChatSyntax syntax)
    {
        var first = prompt.Length;
        while (first > 0 && !EndsTurn(prompt[first - 1]))
        {
            first--;
        }

        return tokenizer.Decode(prompt[first..], renderSpecial: true);

        bool EndsTurn(int token) =>
            tokenizer.IsEndOfGeneration(token)
            || (tokenizer.Vocabulary.Type(token) == TokenType.Control && !syntax.Markers.Contains(Encoding.UTF8.GetString(tokenizer.Piece(token))));
    }
}

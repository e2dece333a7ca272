using System.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>What a prompt has already begun of the answer.</summary>
internal static class PromptTail
{
    /// <summary>
    /// The text behind the last token that borders on a turn: no part of ordinary text, nor a marker of a syntax. Where there is
    /// one, nothing behind it is a user's.
    /// </summary>
    public static string Of(Tokenizer tokenizer, ReadOnlySpan<int> prompt, ChatSyntax syntax)
    {
        var first = prompt.Length;
        while (first > 0 && !IsBorder(tokenizer, prompt[first - 1], syntax))
        {
            first--;
        }

        return tokenizer.Decode(prompt[first..], renderSpecial: true);
    }

    private static bool IsBorder(Tokenizer tokenizer, int token, ChatSyntax syntax)
    {
        if (tokenizer.IsEndOfGeneration(token))
        {
            return true;
        }

        // Some converters call a control token one that users defined, as vocabularies call runs of white space.
        if (tokenizer.Vocabulary.Type(token) is not (TokenType.Control or TokenType.UserDefined))
        {
            return false;
        }

        var name = Encoding.UTF8.GetString(tokenizer.Piece(token));
        return !string.IsNullOrWhiteSpace(name) && !syntax.Markers.Contains(name);
    }
}

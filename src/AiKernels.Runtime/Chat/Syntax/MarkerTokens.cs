using System.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>Finds markers among a vocabulary's control tokens.</summary>
internal static class MarkerTokens
{
    /// <summary>The control token whose name is a marker; null if there is none, so that it is spelt as text.</summary>
    public static int? Find(Tokenizer tokenizer, string marker) =>
        tokenizer.Encode(marker, parseSpecial: true) is [var token]
        && tokenizer.Vocabulary.Type(token) == TokenType.Control
        && tokenizer.Piece(token).SequenceEqual(Encoding.UTF8.GetBytes(marker))
            ? token
            : null;
}

using System.Runtime.CompilerServices;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>A tokenizer's tokens as what constrains them needs them: those that stand for bytes, short ones and long ones apart.</summary>
/// <remarks>
/// Most tokens are short, and few bytes tell few states of a counter apart: what a string of at most 100 characters takes next
/// is found once for all short tokens, and for each number of characters that are left only for the long ones. Thread-safe.
/// </remarks>
internal sealed class TokenVocabulary
{
    // Of Qwen's 150,000 tokens one in a hundred is longer, and the tree of those has a fourteenth of the nodes.
    private const int LongestShort = 16;

    private static readonly ConditionalWeakTable<Tokenizer, TokenVocabulary> Made = [];

    private TokenVocabulary(Tokenizer tokenizer)
    {
        Size = tokenizer.VocabularySize;
        var texts = Texts(tokenizer).ToLookup(token => token.Bytes.Length <= LongestShort);
        Tries = [.. new[] { texts[true], texts[false] }.Where(tokens => tokens.Any()).Select(tokens => new PreorderTrie(tokens))];
    }

    /// <summary>How many tokens there are.</summary>
    public int Size { get; }

    /// <summary>The tokens that stand for bytes, each in one of the trees.</summary>
    public IReadOnlyList<PreorderTrie> Tries { get; }

    /// <summary>Those of a tokenizer; made once, in a tenth of a second for the largest.</summary>
    public static TokenVocabulary Of(Tokenizer tokenizer)
    {
        lock (Made)
        {
            return Made.GetValue(tokenizer, made => new TokenVocabulary(made));
        }
    }

    /// <summary>Whether a token stands for its bytes. One at which generation stops never does: the text would be cut off there.</summary>
    public static bool IsText(Tokenizer tokenizer, int token) =>
        tokenizer.Vocabulary.Type(token) is TokenType.Normal or TokenType.UserDefined or TokenType.Byte && !tokenizer.IsEndOfGeneration(token);

    private static IEnumerable<(int Token, byte[] Bytes)> Texts(Tokenizer tokenizer)
    {
        for (var token = 0; token < tokenizer.VocabularySize; token++)
        {
            if (IsText(tokenizer, token) && tokenizer.Piece(token) is { Length: > 0 } bytes)
            {
                yield return (token, bytes.ToArray());
            }
        }
    }
}

using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>A tokenizer's tokens as what constrains them needs them.</summary>
/// <remarks>Made once a tokenizer: half a second of work for the largest. Thread-safe.</remarks>
internal sealed class TokenVocabulary
{
    public TokenVocabulary(Tokenizer tokenizer)
    {
        Size = tokenizer.VocabularySize;
        Trie = new TokenTrie(Texts(tokenizer));
    }

    /// <summary>How many tokens there are.</summary>
    public int Size { get; }

    /// <summary>The tokens that stand for bytes.</summary>
    public TokenTrie Trie { get; }

    private static IEnumerable<(int Token, byte[] Bytes)> Texts(Tokenizer tokenizer)
    {
        for (var token = 0; token < tokenizer.VocabularySize; token++)
        {
            var isText = tokenizer.Vocabulary.Type(token) is TokenType.Normal or TokenType.UserDefined or TokenType.Byte;
            if (isText && tokenizer.Piece(token) is { Length: > 0 } bytes)
            {
                yield return (token, bytes.ToArray());
            }
        }
    }
}

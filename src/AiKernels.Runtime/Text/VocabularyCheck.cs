using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>Looks for fields of a <see cref="Vocabulary"/> that don't fit each other.</summary>
internal static class VocabularyCheck
{
    /// <summary>Longer than any real token; finding the merges of a token takes time quadratic in its length.</summary>
    public const int LongestToken = 1024;

    /// <summary>The first such field, as the key that files have it under, and what is wrong with it; null if all fit.</summary>
    public static (string Key, string Problem)? FirstFault(Vocabulary vocabulary)
    {
        foreach (var fault in Lists(vocabulary).Concat(Ids(vocabulary)))
        {
            return fault;
        }

        return FirstBadToken(vocabulary);
    }

    private static IEnumerable<(string Key, string Problem)> Lists(Vocabulary vocabulary)
    {
        var count = vocabulary.Tokens.Count;
        if (count == 0)
        {
            yield return (GgufVocabulary.TokensKey, "is empty");
        }

        var types = vocabulary.Types.Count;
        if (types != 0 && types != count)
        {
            yield return (GgufVocabulary.TypesKey, $"has {types} entries for {count} tokens");
        }

        var scores = vocabulary.Scores.Count;
        if (scores != count && (scores != 0 || vocabulary.Model is "llama" or "t5"))
        {
            yield return (GgufVocabulary.ScoresKey, $"has {scores} entries for {count} tokens");
        }
    }

    private static IEnumerable<(string Key, string Problem)> Ids(Vocabulary vocabulary)
    {
        (string Key, int? Id)[] ids =
        [
            (GgufVocabulary.BosKey, vocabulary.Bos),
            (GgufVocabulary.EosKey, vocabulary.Eos),
            (GgufVocabulary.EotKey, vocabulary.Eot),
            (GgufVocabulary.UnknownKey, vocabulary.Unknown),
            (GgufVocabulary.PaddingKey, vocabulary.Padding),
            (GgufVocabulary.SeparatorKey, vocabulary.Separator),
        ];
        return ids
            .Where(entry => entry.Id < 0 || entry.Id >= vocabulary.Tokens.Count)
            .Select(entry => (entry.Key, $"is {entry.Id}, but the vocabulary has {vocabulary.Tokens.Count} tokens"));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // One pass over a whole vocabulary, while a model loads.
    private static (string Key, string Problem)? FirstBadToken(Vocabulary vocabulary)
    {
        var (texts, scores) = (vocabulary.TokenTexts, vocabulary.Scores);
        var (hasScores, seen) = (scores.Count != 0, new TokenIndex(texts, texts.Count));
        for (var id = 0; id < texts.Count; id++)
        {
            var text = texts[id];
            if (text.Length > LongestToken)
            {
                return (GgufVocabulary.TokensKey, $"has {text.Length} bytes for token {id}; {LongestToken} is the most");
            }

            // Padding a vocabulary to a round size with empty texts is harmless: they are never looked up.
            if (text.Length != 0 && !seen.TryAdd(id))
            {
                return (GgufVocabulary.TokensKey, $"has the same text for tokens {(seen.TryGet(text, out var same) ? same : -1)} and {id}");
            }

            if (hasScores && float.IsNaN(scores[id]))
            {
                return (GgufVocabulary.ScoresKey, $"has no number for token {id}");
            }

            if (vocabulary.Type(id) is < TokenType.Undefined or > TokenType.Byte)
            {
                return (GgufVocabulary.TypesKey, $"has {(int)vocabulary.Type(id)} for token {id}, which is no token type");
            }
        }

        return null;
    }
}

namespace AiKernels.Runtime.Text;

/// <summary>Looks for fields of a <see cref="Vocabulary"/> that don't fit each other.</summary>
internal static class VocabularyCheck
{
    // Longer than any real token; finding the merges of a token takes time quadratic in its length.
    private const int LongestToken = 1024;

    /// <summary>The first such field, as the key that files have it under, and what is wrong with it; null if all fit.</summary>
    public static (string Key, string Problem)? FirstFault(Vocabulary vocabulary)
    {
        using var faults = Lists(vocabulary).Concat(Ids(vocabulary)).Concat(Tokens(vocabulary)).GetEnumerator();
        return faults.MoveNext() ? faults.Current : null;
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
        if (scores != count && (scores != 0 || vocabulary.Model == "llama"))
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
        ];
        return ids
            .Where(entry => entry.Id < 0 || entry.Id >= vocabulary.Tokens.Count)
            .Select(entry => (entry.Key, $"is {entry.Id}, but the vocabulary has {vocabulary.Tokens.Count} tokens"));
    }

    private static IEnumerable<(string Key, string Problem)> Tokens(Vocabulary vocabulary)
    {
        var seen = new Dictionary<byte[], int>(vocabulary.Tokens.Count, Utf8Comparer.Instance);
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            var text = vocabulary.Tokens[id];
            if (text.Length > LongestToken)
            {
                yield return (GgufVocabulary.TokensKey, $"has {text.Length} bytes for token {id}; {LongestToken} is the most");
            }

            // Padding a vocabulary to a round size with empty texts is harmless: they are never looked up.
            if (text.Length != 0 && !seen.TryAdd(text, id))
            {
                yield return (GgufVocabulary.TokensKey, $"has the same text for tokens {seen[text]} and {id}");
            }

            if (vocabulary.Scores.Count != 0 && float.IsNaN(vocabulary.Scores[id]))
            {
                yield return (GgufVocabulary.ScoresKey, $"has no number for token {id}");
            }

            if (vocabulary.Type(id) is < TokenType.Undefined or > TokenType.Byte)
            {
                yield return (GgufVocabulary.TypesKey, $"has {(int)vocabulary.Type(id)} for token {id}, which is no token type");
            }
        }
    }
}

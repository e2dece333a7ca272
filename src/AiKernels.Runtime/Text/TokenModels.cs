using System.Runtime.CompilerServices;
using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>The last stage: what turns words into tokens, by the model of a vocabulary.</summary>
internal static class TokenModels
{
    /// <exception cref="InvalidDataException">The vocabulary lacks what its model needs.</exception>
    public static Stage Of(Vocabulary vocabulary, TokenizerRules rules, Utf8Texts pieces) => vocabulary.Model switch
    {
        "gpt2" => ByteLevel(vocabulary, rules, pieces),
        "t5" => Unigram(vocabulary, rules),
        "bert" => WordPiece(vocabulary, rules),
        _ => Characters(vocabulary, rules),
    };

    private static BytePairModel ByteLevel(Vocabulary vocabulary, TokenizerRules rules, Utf8Texts pieces)
    {
        var (index, withheld) = Indexes(vocabulary, rules, pieces, [TokenType.Undefined, TokenType.Normal, TokenType.Unused, TokenType.Byte]);
        var merges = vocabulary.MergesByRank
            ? MergeTable.FromRanks([.. Enumerable.Range(0, pieces.Count)], index)
            : MergeTable.FromList(vocabulary.MergeTexts, index, withheld, isByteLevel: true);
        var speller = new ByteSpeller(FindByteTokens(vocabulary, index));
        return new BytePairModel(index, merges, speller, pieces.Count, rules.KeepsKnownWords);
    }

    private static Stage Characters(Vocabulary vocabulary, TokenizerRules rules)
    {
        var (index, withheld) = Indexes(vocabulary, rules, vocabulary.TokenTexts, MadeOfText);
        var merges = vocabulary.Model == "llama"
            ? MergeTable.FromRanks(MergeTable.RanksOf(vocabulary.Scores), index)
            : MergeTable.FromList(vocabulary.MergeTexts, index, withheld, isByteLevel: false);
        var bytes = CheckedByteTokens(vocabulary);
        var speller = new CharacterSpeller(index, bytes, vocabulary.Unknown, rules.FusesUnknown);
        var model = new BytePairModel(index, merges, speller, vocabulary.Tokens.Count, rules.KeepsKnownWords);

        // Around a character that is left out neighbours join.
        var isSpelt = vocabulary.Unknown is not null || !bytes.Contains(-1);
        return isSpelt && SpaceRuns.Allow(index) ? new SpaceRuns(model) : model;
    }

    private static Stage Unigram(Vocabulary vocabulary, TokenizerRules rules)
    {
        // Hugging Face's files give a score to every token, and the worst of all counts. To SentencePiece only normal ones have any.
        var (index, _) = Indexes(vocabulary, rules, vocabulary.TokenTexts, [.. MadeOfText, TokenType.Unused]);
        var (scores, worst, allCount) = (new double[vocabulary.Tokens.Count], double.PositiveInfinity, vocabulary.Rules is not null);
        for (var token = 0; token < scores.Length; token++)
        {
            scores[token] = vocabulary.Type(token) == TokenType.UserDefined && !allCount ? 0 : vocabulary.Score(token);
            worst = allCount || vocabulary.Type(token) == TokenType.Normal ? Math.Min(worst, scores[token]) : worst;
        }

        worst = double.IsPositiveInfinity(worst) ? 0 : worst;
        var trie = new TokenTrie(vocabulary.TokenTexts, index.Tokens);
        var model = new UnigramModel(trie, scores, worst, CheckedByteTokens(vocabulary), vocabulary.Unknown);
        return SpaceRuns.Allow(index) ? new SpaceRuns(model) : model;
    }

    private static WordPieceModel WordPiece(Vocabulary vocabulary, TokenizerRules rules)
    {
        var (mark, stripped) = (SpaceMark.Utf8.ToArray(), new Utf8Texts(vocabulary.Tokens.Count, 0));
        mark = rules.ContinuingPrefix is { } prefix ? Encoding.UTF8.GetBytes(prefix) : mark;
        List<int> marked = [], unmarked = [];
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            var text = vocabulary.TokenTexts[id];
            var isMarked = text.StartsWith(mark);
            stripped.Add(isMarked ? text[mark.Length..] : text);
            if (IsMadeOf(MadeOfText, vocabulary, rules, id))
            {
                (isMarked ? marked : unmarked).Add(id);
            }
        }

        // A word may spell the prefix itself, and then its first token does.
        var (withMark, withoutMark) = (new TokenTrie(stripped, marked), new TokenTrie(
            vocabulary.TokenTexts, rules.ContinuingPrefix is null ? unmarked : [.. unmarked, .. marked]));
        var (first, next) = rules.ContinuingPrefix is null ? (withMark, withoutMark) : (withoutMark, withMark);
        return new WordPieceModel(first, next, vocabulary.Unknown, rules.MostCharacters);
    }

    // Control tokens are left out: no text may merge into one.
    private static ReadOnlySpan<TokenType> MadeOfText => [TokenType.Normal, TokenType.UserDefined];

    /// <summary>The tokens that words are made of, and the others, by what they spell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (TokenIndex Usable, TokenIndex Withheld) Indexes(
        Vocabulary vocabulary, TokenizerRules rules, Utf8Texts texts, ReadOnlySpan<TokenType> types)
    {
        List<int> others = [];
        var usable = new TokenIndex(texts, texts.Count);
        for (var id = 0; id < texts.Count; id++)
        {
            if (texts[id].Length == 0)
            {
                continue;
            }

            if (IsMadeOf(types, vocabulary, rules, id))
            {
                usable.TryAdd(id);
            }
            else
            {
                others.Add(id);
            }
        }

        var withheld = new TokenIndex(texts, others.Count);
        others.ForEach(id => withheld.TryAdd(id));
        return (usable, withheld);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsMadeOf(ReadOnlySpan<TokenType> types, Vocabulary vocabulary, TokenizerRules rules, int id) =>
        vocabulary.Type(id) is var type && types.Contains(type)
        && (type != TokenType.UserDefined || !rules.Flags.GetValueOrDefault(id).HasFlag(AddedTokenFlags.OutsideModel));

    private static int[] FindByteTokens(Vocabulary vocabulary, TokenIndex index)
    {
        var tokens = new int[256];
        for (var value = 0; value < 256; value++)
        {
            // Some vocabularies leave out the bytes that no UTF-8 text has.
            var isInText = value is not (0xC0 or 0xC1 or >= 0xF5);
            tokens[value] = index.TryGet([(byte)value], out var token) ? token
                : vocabulary.Unknown is { } unknown ? unknown
                : !isInText ? 0
                : throw new InvalidDataException($"tokenizer.ggml.tokens has no token for the byte 0x{value:X2}");
        }

        return tokens;
    }

    private static int[] CheckedByteTokens(Vocabulary vocabulary)
    {
        var tokens = TokenPieces.ByteTokens(vocabulary);
        return vocabulary.Rules is not null || vocabulary.Unknown is not null || !tokens.Contains(-1)
            ? tokens
            : throw new InvalidDataException(
                "tokenizer.ggml.tokens has neither a token for each byte nor an unknown token, so some texts cannot be spelt");
    }
}

namespace AiKernels.Runtime.Text;

/// <summary>The unigram language model: of all ways to cut a word into tokens the one whose scores have the highest sum.</summary>
/// <remarks>
/// Source: Kudo, "Subword Regularization" (2018), section 3.2; found by Viterbi's algorithm. A character that is no token
/// scores ten less than the worst token, and those that follow each other are one unknown, as in google/sentencepiece.
/// Of equal sums the one found first stays, which is the one whose last token begins first.
/// </remarks>
internal sealed class UnigramModel : Stage
{
    private const double UnknownPenalty = 10;

    private readonly TokenTrie _trie;
    private readonly double[] _scores;
    private readonly int[] _byteTokens;
    private readonly int? _unknown;
    private readonly double _unknownScore;

    /// <param name="trie">Finds the tokens that words are made of.</param>
    /// <param name="scores">Each token's score.</param>
    /// <param name="worst">The lowest score of a normal token.</param>
    /// <param name="byteTokens">The token of each byte, or -1.</param>
    /// <param name="unknown">The token for what can't be spelt; none leaves it out.</param>
    public UnigramModel(TokenTrie trie, double[] scores, double worst, int[] byteTokens, int? unknown)
    {
        (_trie, _scores, _byteTokens, _unknown) = (trie, scores, byteTokens, unknown);
        _unknownScore = worst - UnknownPenalty;
    }

    public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
    {
        if (run.Paths.Length <= text.Length)
        {
            run.Paths = new (int, int, double)[text.Length + 1];
        }

        // The best way to each place: where its last token begins, which it is (-1: unknown), and the sum.
        var best = run.Paths.AsSpan(0, text.Length + 1);
        best.Fill((-1, -1, 0));
        for (var start = 0; start < text.Length;)
        {
            var (character, sum) = (Utf8Text.Length(text[start]), best[start].Score);
            var (node, isKnown) = (0, false);
            for (var i = start; i < text.Length && _trie.TryStep(ref node, text[i], out var token); i++)
            {
                if (token >= 0)
                {
                    Offer(ref best[i + 1], start, token, sum + _scores[token]);
                    isKnown |= i + 1 - start == character;
                }
            }

            if (!isKnown)
            {
                Offer(ref best[start + character], start, -1, sum + _unknownScore);
            }

            start += character;
        }

        AddPath(text, best, run);
    }

    private static void Offer(ref (int Start, int Token, double Score) best, int start, int token, double score)
    {
        if (best.Start < 0 || score > best.Score)
        {
            best = (start, token, score);
        }
    }

    private void AddPath(ReadOnlySpan<byte> text, ReadOnlySpan<(int Start, int Token, double Score)> best, EncodingRun run)
    {
        // From the end to the beginning, and then turned round.
        var from = run.Count;
        for (var end = text.Length; end > 0;)
        {
            var (start, token, _) = best[end];
            if (token >= 0)
            {
                run.Add(token);
            }
            else
            {
                while (start > 0 && best[start].Token < 0)
                {
                    start = best[start].Start;
                }

                AddUnknown(text[start..end], run);
            }

            end = start;
        }

        run.Reverse(from);
    }

    private void AddUnknown(ReadOnlySpan<byte> text, EncodingRun run)
    {
        foreach (var value in text)
        {
            if (_byteTokens[value] < 0)
            {
                if (_unknown is { } unknown)
                {
                    run.Add(unknown);
                }

                return;
            }
        }

        for (var i = text.Length - 1; i >= 0; i--)
        {
            run.Add(_byteTokens[text[i]]);
        }
    }
}

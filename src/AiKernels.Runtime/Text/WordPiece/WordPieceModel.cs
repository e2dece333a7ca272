namespace AiKernels.Runtime.Text;

/// <summary>WordPiece: a word is the longest token that it begins with, then the longest that goes on, and so on.</summary>
/// <remarks>
/// Source: <c>WordpieceTokenizer</c> of google-research/bert. A word that can't be cut so to its end, or is too long, is
/// unknown as a whole.
/// </remarks>
/// <param name="first">Finds tokens that begin words.</param>
/// <param name="next">Finds tokens that go on in words.</param>
/// <param name="unknown">The token for other words; none leaves them out.</param>
/// <param name="mostCharacters">How many characters a word has at most.</param>
internal sealed class WordPieceModel(TokenTrie first, TokenTrie next, int? unknown, int mostCharacters) : Stage
{
    public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
    {
        var count = run.Count;
        if (!TryCut(text, run))
        {
            run.Truncate(count);
            if (unknown is { } token)
            {
                run.Add(token);
            }
        }
    }

    private bool TryCut(ReadOnlySpan<byte> text, EncodingRun run)
    {
        if (text.Length > mostCharacters && Characters(text) > mostCharacters)
        {
            return false;
        }

        for (var trie = first; !text.IsEmpty; trie = next)
        {
            var token = trie.Longest(text, out var length);
            if (token < 0)
            {
                return false;
            }

            run.Add(token);
            text = text[length..];
        }

        return true;
    }

    private static int Characters(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var value in text)
        {
            count += (value & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }
}

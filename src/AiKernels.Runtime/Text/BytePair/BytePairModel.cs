using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>Byte-pair encoding: a word is spelt by the smallest tokens there are, and neighbours join by rank.</summary>
/// <remarks>
/// <para>Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016), section 3.2.</para>
/// <para>Most words of a text are tokens as a whole. Whether the merges would make that token of it, which they need not,
/// is found out when a word is first met, and remembered with one byte a token.</para>
/// </remarks>
internal sealed class BytePairModel : Stage
{
    private const byte Unknown = 0, IsWhole = 1, IsJoined = 2;

    private readonly TokenIndex _index;
    private readonly MergeTable _merges;
    private readonly Speller _speller;
    private readonly byte[] _wholeness;

    /// <param name="index">The tokens that words are made of.</param>
    /// <param name="merges">What joins.</param>
    /// <param name="speller">What a word consists of before any merge.</param>
    /// <param name="count">How many tokens the vocabulary has.</param>
    /// <param name="keepsKnownWords">Whether a word that is a token stays one, even where the merges would not join it.</param>
    public BytePairModel(TokenIndex index, MergeTable merges, Speller speller, int count, bool keepsKnownWords)
    {
        (_index, _merges, _speller) = (index, merges, speller);
        _wholeness = new byte[count];
        if (keepsKnownWords)
        {
            Array.Fill(_wholeness, IsWhole);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
    {
        if (text.Length > _index.Longest || !_index.TryGet(text, out var token))
        {
            run.Add(Join(text, run));
        }
        else if (_wholeness[token] == IsWhole)
        {
            run.Add(token);
        }
        else
        {
            var tokens = Join(text, run);
            run.Add(tokens);
            if (_wholeness[token] == Unknown)
            {
                // Threads that find out at once find the same.
                _wholeness[token] = tokens.Length == 1 && tokens[0] == token ? IsWhole : IsJoined;
            }
        }
    }

    private Span<int> Join(ReadOnlySpan<byte> word, EncodingRun run)
    {
        var symbols = run.Symbols(word.Length);
        var count = _speller.Spell(word, symbols);
        return symbols[..run.Merger.Merge(_merges, symbols[..count])];
    }
}

namespace AiKernels.Runtime.Engine.Speculation;

/// <summary>
/// Guesses that a text goes on as it did after the same few tokens before, in the prompt or in the answer so far. Source:
/// prompt lookup decoding, an n-gram form of arXiv:2304.04487. Not thread-safe.
/// </summary>
/// <remarks>
/// The last place of each n-gram is kept in a table by its hash; one that comes later takes the place of another with the same
/// hash. So a look-up is a constant amount of work, whatever the text.
/// </remarks>
internal sealed class TokenLookup
{
    /// <summary>Tokens that have to be the same before a guess is made.</summary>
    public const int Length = 3;

    // Where the two texts are the same for longer than this, it says no more.
    private const int MostCompared = 16;

    private int[] _places = new int[256]; // Positions after an n-gram, by its hash; 0 for none.
    private int _noted;

    /// <summary>The tokens that followed when the last ones stood somewhere before.</summary>
    /// <param name="tokens">All tokens so far; those of the last call, and more.</param>
    /// <param name="guess">Receives the tokens.</param>
    /// <returns>How many there are, and how many tokens before them are the same.</returns>
    public (int Count, int Common) Guess(ReadOnlySpan<int> tokens, Span<int> guess)
    {
        if (tokens.Length <= Length)
        {
            return (0, 0);
        }

        Note(tokens);
        var place = _places[Slot(tokens[^Length..])];
        var common = Common(tokens, place);
        if (common < Length)
        {
            return (0, 0);
        }

        // What is guessed may itself be what the guess goes on with: a repetition goes on for ever.
        for (var i = 0; i < guess.Length; i++)
        {
            guess[i] = place + i < tokens.Length ? tokens[place + i] : guess[place + i - tokens.Length];
        }

        return (guess.Length, common);
    }

    /// <summary>How many tokens before a place are the last ones.</summary>
    private static int Common(ReadOnlySpan<int> tokens, int place)
    {
        var common = 0;
        while (common < Math.Min(place, MostCompared) && tokens[place - 1 - common] == tokens[^(common + 1)])
        {
            common++;
        }

        return common;
    }

    /// <summary>Notes all n-grams that something follows.</summary>
    private void Note(ReadOnlySpan<int> tokens)
    {
        if (_places.Length < 2 * tokens.Length)
        {
            _places = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)tokens.Length * 4)];
            _noted = 0;
        }

        for (var place = Math.Max(_noted + 1, Length); place < tokens.Length; place++)
        {
            _places[Slot(tokens[(place - Length)..place])] = place;
            _noted = place;
        }
    }

    private int Slot(ReadOnlySpan<int> gram)
    {
        var hash = 0u;
        foreach (var token in gram)
        {
            hash = (hash ^ (uint)token) * 0x9E3779B1;
            hash ^= hash >> 15;
        }

        return (int)(hash & (uint)(_places.Length - 1));
    }
}

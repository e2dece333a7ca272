using System.Numerics;
using System.Numerics.Tensors;

namespace AiKernels.Runtime.Grammars.Masks;

/// <summary>A set of tokens, a bit each.</summary>
internal sealed class TokenMask(int vocabularySize)
{
    private readonly ulong[] _words = new ulong[(vocabularySize + 63) / 64];

    /// <summary>A bit for each token, the lowest first.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>How many tokens are in it.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in _words)
            {
                count += BitOperations.PopCount(word);
            }

            return count;
        }
    }

    /// <summary>The only token of a set that has one.</summary>
    public int First
    {
        get
        {
            var word = _words.AsSpan().IndexOfAnyExcept(0ul);
            return (word * 64) + BitOperations.TrailingZeroCount(_words[word]);
        }
    }

    /// <summary>Takes the numbers of tokens in it, which are no more than there is room for.</summary>
    /// <returns>How many they are.</returns>
    public int Gather(ReadOnlySpan<float> numbers, Span<RankedValue> gathered)
    {
        var count = 0;
        for (var i = 0; i < _words.Length; i++)
        {
            for (var word = _words[i]; word != 0; word &= word - 1)
            {
                var token = (i * 64) + BitOperations.TrailingZeroCount(word);
                if (token < numbers.Length)
                {
                    gathered[count++] = new RankedValue(numbers[token], token);
                }
            }
        }

        return count;
    }

    /// <summary>Copies the numbers of tokens in it, and puts minus infinity for all others.</summary>
    public void Apply(ReadOnlySpan<float> numbers, Span<float> masked)
    {
        for (var token = 0; token < numbers.Length; token++)
        {
            masked[token] = Contains(token) ? numbers[token] : float.NegativeInfinity;
        }
    }

    public bool Contains(int token) => (_words[token >> 6] >> token & 1) != 0;

    public void Add(int token) => _words[token >> 6] |= 1ul << token;

    public void Remove(int token) => _words[token >> 6] &= ~(1ul << token);

    public void Add(TokenMask other) => TensorPrimitives.BitwiseOr(_words, other.Words, _words);

    /// <summary>Keeps what is in another set, too.</summary>
    public void Keep(TokenMask other) => TensorPrimitives.BitwiseAnd(_words, other.Words, _words);

    public void Clear() => Array.Clear(_words);
}

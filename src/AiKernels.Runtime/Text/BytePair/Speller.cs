using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>What a word consists of before any merge.</summary>
internal abstract class Speller
{
    /// <summary>Writes the tokens of the smallest parts of <paramref name="word"/>, at most one a byte.</summary>
    /// <returns>How many there are.</returns>
    public abstract int Spell(ReadOnlySpan<byte> word, Span<int> tokens);
}

/// <summary>Bytes, each of which is a token.</summary>
/// <param name="byteTokens">The token of each byte.</param>
internal sealed class ByteSpeller(int[] byteTokens) : Speller
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Spell(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        for (var i = 0; i < word.Length; i++)
        {
            tokens[i] = byteTokens[word[i]];
        }

        return word.Length;
    }
}

/// <summary>Characters; one that is no token is spelt by its bytes, if they all are tokens, and is unknown otherwise.</summary>
/// <param name="index">The tokens.</param>
/// <param name="byteTokens">The token of each byte, or -1.</param>
/// <param name="unknown">The token for what can't be spelt; none leaves it out.</param>
/// <param name="fusesUnknown">Whether unknown characters that follow each other are one token.</param>
internal sealed class CharacterSpeller(TokenIndex index, int[] byteTokens, int? unknown, bool fusesUnknown) : Speller
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Spell(ReadOnlySpan<byte> word, Span<int> tokens)
    {
        var (count, afterUnknown) = (0, false);
        while (!word.IsEmpty)
        {
            var character = word[..Utf8Text.Length(word[0])];
            word = word[character.Length..];
            if (index.TryGet(character, out var token))
            {
                tokens[count++] = token;
            }
            else if (HasBytes(character))
            {
                foreach (var value in character)
                {
                    tokens[count++] = byteTokens[value];
                }
            }
            else
            {
                if (unknown is { } id && !(fusesUnknown && afterUnknown))
                {
                    tokens[count++] = id;
                }

                afterUnknown = true;
                continue;
            }

            afterUnknown = false;
        }

        return count;
    }

    private bool HasBytes(ReadOnlySpan<byte> character)
    {
        foreach (var value in character)
        {
            if (byteTokens[value] < 0)
            {
                return false;
            }
        }

        return true;
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>Finds the token that spells given bytes: a table with linear probing, at most half full.</summary>
/// <param name="texts">What each token spells.</param>
/// <param name="count">How many tokens will be added at most.</param>
internal sealed class TokenIndex(Utf8Texts texts, int count)
{
    // The hash above the token plus one; zero where there is none.
    private readonly ulong[] _slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * count, 2))];
    private readonly List<int> _tokens = new(count);

    /// <summary>The tokens that were added.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>The longest text of a token that was added, in bytes.</summary>
    public int Longest { get; private set; }

    /// <summary>What a token spells.</summary>
    public ReadOnlySpan<byte> Text(int token) => texts[token];

    /// <returns>False if another token spells these bytes; that one is kept.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Called for every token of a vocabulary, while a model loads.
    public bool TryAdd(int token)
    {
        if (Find(texts[token], out var hash, out var slot))
        {
            return false;
        }

        _slots[slot] = ((ulong)hash << 32) | (uint)(token + 1);
        _tokens.Add(token);
        Longest = Math.Max(Longest, texts[token].Length);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryGet(ReadOnlySpan<byte> text, out int token)
    {
        var found = Find(text, out _, out var slot);
        token = (int)(uint)_slots[slot] - 1;
        return found;
    }

    /// <summary>Finds the slot of a text, or the one where it would go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Find(ReadOnlySpan<byte> text, out uint hash, out uint slot)
    {
        hash = Utf8Hash.Of(text);
        var mask = (uint)_slots.Length - 1;
        for (slot = hash & mask; _slots[slot] is not 0 and var entry; slot = (slot + 1) & mask)
        {
            if ((uint)(entry >> 32) == hash && texts[(int)(uint)entry - 1].SequenceEqual(text))
            {
                return true;
            }
        }

        return false;
    }
}

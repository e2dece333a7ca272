using System.Runtime.InteropServices;

namespace AiKernels.Runtime.Sampling;

/// <summary>
/// Divides the logits of recent tokens where positive, and multiplies them where negative, each once however often it
/// occurs. Not thread-safe: it reuses its memory.
/// </summary>
internal sealed class RepetitionPenalty(float penalty, int window, int vocabularySize)
{
    // A bit for each token, set while it is recent.
    private readonly ulong[] _recent = new ulong[(vocabularySize + 63) / 64];

    private float[] _logits = [];
    private RankedValue[] _changed = [];

    /// <summary>The logits as they are with the penalty, until the next call.</summary>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> logits, ReadOnlySpan<int> history)
    {
        if (_logits.Length == 0)
        {
            _logits = new float[vocabularySize]; // Those who have all ranked never need it.
        }

        logits.CopyTo(_logits);
        Array.Clear(_recent);
        foreach (var token in Recent(history))
        {
            if (Mark(token))
            {
                _logits[token] = Of(_logits[token]);
            }
        }

        return _logits;
    }

    /// <summary>Ranks the first with the penalty.</summary>
    /// <param name="largest">Logits without it, ranked: all that may come to be among the first.</param>
    /// <param name="history">The sequence so far.</param>
    /// <param name="first">Receives as many as it holds.</param>
    public void Rank(ReadOnlySpan<RankedValue> largest, ReadOnlySpan<int> history, Span<RankedValue> first)
    {
        Array.Clear(_recent);
        foreach (var token in Recent(history))
        {
            _ = Mark(token);
        }

        var changed = Changed(largest, first.Length);
        var (kept, next) = (0, 0); // Places in the two rankings that become one.
        for (var rank = 0; rank < first.Length; rank++)
        {
            while (kept < largest.Length && IsRecent(largest[kept].Index))
            {
                kept++;
            }

            first[rank] = kept == largest.Length || (next < changed.Length && changed[next].Key < largest[kept].Key)
                ? changed[next++]
                : largest[kept++];
        }
    }

    /// <summary>The logits of recent tokens with the penalty, ranked.</summary>
    private ReadOnlySpan<RankedValue> Changed(ReadOnlySpan<RankedValue> largest, int wanted)
    {
        if (_changed.Length == 0)
        {
            _changed = new RankedValue[largest.Length];
        }

        // Behind as many others as are wanted none can come up, unless logits rise.
        var (count, others, enough) = (0, 0, penalty > 1 ? wanted : int.MaxValue);
        for (var rank = 0; rank < largest.Length && others < enough; rank++)
        {
            var token = largest[rank].Index;
            if (IsRecent(token))
            {
                _changed[count++] = new RankedValue(Of(largest[rank].Value), token);
            }
            else
            {
                others++;
            }
        }

        var changed = _changed.AsSpan(0, count);
        MemoryMarshal.Cast<RankedValue, ulong>(changed).Sort();
        return changed;
    }

    private float Of(float logit) => logit > 0 ? logit / penalty : logit * penalty;

    private ReadOnlySpan<int> Recent(ReadOnlySpan<int> history) => history[Math.Max(history.Length - window, 0)..];

    private bool IsRecent(int token) => (_recent[token >> 6] >> token & 1) != 0;

    /// <summary>Tells whether the token became recent: it was not yet, and there is one; a history may have ids of none.</summary>
    private bool Mark(int token)
    {
        if ((uint)token >= (uint)vocabularySize || IsRecent(token))
        {
            return false;
        }

        _recent[token >> 6] |= 1ul << token;
        return true;
    }
}

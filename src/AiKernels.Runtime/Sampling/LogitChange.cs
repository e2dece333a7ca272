namespace AiKernels.Runtime.Sampling;

/// <summary>What changes the logits of some tokens, by what was said.</summary>
internal abstract class LogitChange
{
    private readonly List<RankedValue> _changed = [];

    /// <summary>How many more candidates a choice depends on by it: as many as it may lower; null where it may raise any.</summary>
    public abstract int? Lowered { get; }

    /// <summary>Whether it does anything.</summary>
    public abstract bool IsActive { get; }

    /// <summary>Changes logits and ranks them anew.</summary>
    /// <param name="ranked">The logits, ranked.</param>
    /// <param name="history">The sequence so far.</param>
    public void Apply(Span<RankedValue> ranked, ReadOnlySpan<int> history)
    {
        Read(history);
        _changed.Clear();
        var kept = 0;
        foreach (var candidate in ranked)
        {
            if (Changes(candidate.Index))
            {
                _changed.Add(new RankedValue(Of(candidate.Index, candidate.Value), candidate.Index));
            }
            else
            {
                ranked[kept++] = candidate;
            }
        }

        // From behind, so that nothing is overwritten before it is moved.
        _changed.Sort((a, b) => a.Key.CompareTo(b.Key));
        var changed = _changed.Count - 1;
        for (var place = ranked.Length - 1; changed >= 0; place--)
        {
            ranked[place] = kept > 0 && ranked[kept - 1].Key > _changed[changed].Key ? ranked[--kept] : _changed[changed--];
        }
    }

    /// <summary>Reads what was said.</summary>
    protected abstract void Read(ReadOnlySpan<int> history);

    /// <summary>Whether it changes a token's logit.</summary>
    protected abstract bool Changes(int token);

    /// <summary>The logit that it gives a token.</summary>
    protected abstract float Of(int token, float logit);
}

using AiKernels.Cache;

namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>
/// Who gives way so that a sequence that waits can run: those of lower priority, the youngest first, unless they came so early
/// that their claims are older all the same. Nobody gives way in vain.
/// </summary>
/// <param name="options">How many places there are.</param>
/// <param name="turns">Whose claims are younger.</param>
/// <param name="pool">The pages.</param>
internal sealed class Displacement(SchedulerOptions options, TurnOrder turns, PagePool pool)
{
    private readonly List<ScheduledSequence> _victims = [];

    /// <summary>Finds whether a sequence that has its table, and so what is found of it, fits beside the running ones, and who gives way for that.</summary>
    /// <param name="next">The sequence.</param>
    /// <param name="running">Those that run.</param>
    /// <param name="victims">Those of them that give way; until the next call.</param>
    public bool TryFind(ScheduledSequence next, List<ScheduledSequence> running, out IReadOnlyList<ScheduledSequence> victims)
    {
        victims = _victims;
        _victims.Clear();
        while (!Fits(next, running))
        {
            if (LowerPriority(next, running) is not { } victim)
            {
                return false;
            }

            _victims.Add(victim);
        }

        return true;
    }

    /// <summary>Whether there is a place, and pages for its tokens beside what the others still need for theirs, and one more for each.</summary>
    private bool Fits(ScheduledSequence next, List<ScheduledSequence> running)
    {
        var others = running.Count - _victims.Count;
        var (needed, free) = (Missing(next), pool.FreePages);
        foreach (var other in running)
        {
            if (_victims.Contains(other))
            {
                free += HeldAlone(other);
            }
            else
            {
                needed += Missing(other) + 1;
            }
        }

        return others == 0 || (others < options.MaxSequences && needed <= free);

        static int Missing(ScheduledSequence sequence) => sequence.Table!.MissingPages(sequence.Tokens.Length);
    }

    private int HeldAlone(ScheduledSequence sequence)
    {
        var count = 0;
        foreach (var page in sequence.Table!.Pages)
        {
            count += pool.Holders(page) == 1 ? 1 : 0;
        }

        return count;
    }

    private ScheduledSequence? LowerPriority(ScheduledSequence next, List<ScheduledSequence> running)
    {
        ScheduledSequence? youngest = null;
        foreach (var other in running)
        {
            if (other.Priority < next.Priority && turns.HasOlderClaim(next, other))
            {
                youngest = Younger(youngest, other);
            }
        }

        return youngest;
    }

    /// <summary>The one with the younger claim of two, of which the second may be one that has to stay.</summary>
    private ScheduledSequence? Younger(ScheduledSequence? one, ScheduledSequence other) =>
        other.Missing > 0 && !_victims.Contains(other) && (one is null || turns.HasOlderClaim(one, other)) ? other : one;
}

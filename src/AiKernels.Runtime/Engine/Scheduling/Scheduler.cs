using AiKernels.Cache;

namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>
/// Decides what each step computes: which sequences run, how much of their prompts, and who gives way where memory is
/// short. Bookkeeping only: it knows no model, no memory and no clock. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Every sequence whose prompt is through gets its next token in every step; prompts share what room the step has left,
/// each going on where the last step ended. So nobody who is answered waits for somebody's long prompt.
/// </para>
/// <para>
/// Who is served first is <see cref="TurnOrder"/>'s. Whose claim is older keeps his pages: when there are none left, the youngest gives all of his back and waits anew. So the
/// oldest always gets on, and with it everybody in turn.
/// </para>
/// </remarks>
internal sealed class Scheduler
{
    // Virtual token counter: a generated token counts as two of a prompt, as in its paper.
    private const int PromptCost = 1, AnswerCost = 2;

    // Waiting a step for a neighbour's page costs more than computing a few tokens.
    private const int WorthWaitingFor = 16;

    private readonly List<ScheduledSequence> _waiting = [], _running = [], _order = [], _claims = [];
    private readonly TenantShares _shares = new();
    private readonly StepPlan _plan = new();
    private readonly TurnOrder _turns;
    private long _numbers;
    private int _room; // Tokens that the step has left beside one for everybody who is answered.

    /// <summary>A scheduler with nothing to do.</summary>
    public Scheduler(SchedulerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxSequences);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxSequences, options.MaxStepTokens);
        Options = options;
        _turns = new TurnOrder(options, _shares);
        Pages = new SequencePages(options, _plan.Pages);
    }

    /// <summary>What it has to share out.</summary>
    public SchedulerOptions Options { get; }

    /// <summary>The pages.</summary>
    public SequencePages Pages { get; }

    /// <summary>Sequences that run.</summary>
    public IReadOnlyList<ScheduledSequence> Running => _running;

    /// <summary>Sequences that wait, the preempted ones among them.</summary>
    public IReadOnlyList<ScheduledSequence> Waiting => _waiting;

    /// <summary>Takes a new sequence, which alone fits in all the pages. It may bring pages that were put away elsewhere.</summary>
    public void Enqueue(ScheduledSequence sequence)
    {
        sequence.Number = _numbers++;
        _waiting.Add(sequence);
        _shares.Enter(sequence.Tenant);
        Pages.Adopt(sequence);
    }

    /// <summary>Lets go of a sequence that has ended, whatever it was doing.</summary>
    public void Remove(ScheduledSequence sequence)
    {
        if (_running.Remove(sequence))
        {
            Pages.Release(sequence);
        }
        else
        {
            _waiting.Remove(sequence);
        }

        Pages.Drop(sequence);
        _shares.Leave(sequence.Tenant);
    }

    /// <summary>The next step. All of it has to be done, and each chunk reported by <see cref="Advance"/>, before the next call.</summary>
    /// <param name="now">The time.</param>
    /// <param name="promptTokens">The most prompt tokens, beside what is being answered.</param>
    public StepPlan Plan(TimeSpan now, int promptTokens)
    {
        _turns.Now = now;
        _plan.Clear();
        _claims.Clear();
        while (TryAdmit())
        {
        }

        _order.Clear();
        _order.AddRange(_running);
        _order.Sort(_turns);
        _room = Options.MaxStepTokens - Answers();
        foreach (var sequence in _order)
        {
            if (!sequence.IsRunning || sequence.Missing == 0)
            {
                continue; // It just gave way, or has all that it wants.
            }

            if (sequence.Missing == 1)
            {
                PlanAnswer(sequence);
            }
            else
            {
                promptTokens -= PlanPrompt(sequence, Math.Min(promptTokens, _room));
            }
        }

        return _plan;
    }

    /// <summary>The chunk was computed. The sequence's accepted drafts, and what was chosen after them, may have been appended.</summary>
    /// <param name="chunk">A chunk of the plan.</param>
    /// <param name="accepted">How many of its drafts turned out to be right and were appended.</param>
    public void Advance(PlannedChunk chunk, int accepted = 0)
    {
        Pages.Advance(chunk.Sequence, chunk.First + chunk.Known + accepted, isPromptsEnd: chunk.Known > 1 && chunk.ReachesEnd);
    }

    private static int Cost(PlannedChunk chunk) => chunk.Known == 1 ? AnswerCost : chunk.Known * PromptCost;

    private int Answers()
    {
        var count = 0;
        foreach (var sequence in _running)
        {
            count += sequence.Missing == 1 ? 1 : 0;
        }

        return count;
    }

    /// <summary>Lets the next one run, if there is room for it. Nobody is passed over because others are smaller.</summary>
    private bool TryAdmit()
    {
        if (_turns.First(_waiting) is not { } next || (_running.Count == Options.MaxSequences && !TryGiveWay(next)))
        {
            return false;
        }

        Pages.Begin(next);
        while (!HasRoom(next))
        {
            if (!TryGiveWay(next))
            {
                Pages.Release(next);
                return false;
            }
        }

        _waiting.Remove(next);
        _running.Add(next);
        return true;
    }

    /// <summary>Whether a sequence's tokens fit beside what the running ones still need for theirs, and a page more for each.</summary>
    private bool HasRoom(ScheduledSequence sequence)
    {
        if (_running.Count == 0)
        {
            return true;
        }

        var needed = Missing(sequence);
        foreach (var other in _running)
        {
            needed += Missing(other) + 1;
        }

        return needed <= Pages.Pool.FreePages;

        static int Missing(ScheduledSequence sequence) => sequence.Table!.MissingPages(sequence.Tokens.Length);
    }

    /// <summary>The youngest of lower priority gives way to one that waits.</summary>
    private bool TryGiveWay(ScheduledSequence to) => TryPreempt(to, below: to.Priority);

    /// <summary>Takes the pages of the youngest of those that came after a sequence, and are below a priority.</summary>
    private bool TryPreempt(ScheduledSequence by, int below)
    {
        ScheduledSequence? youngest = null;
        foreach (var other in _running)
        {
            if (other.Priority < below && other.Missing > 0 && _turns.HasOlderClaim(by, other) && (youngest is null || _turns.HasOlderClaim(youngest, other)))
            {
                youngest = other;
            }
        }

        if (youngest is null)
        {
            return false;
        }

        if (_plan.Remove(youngest) is { } chunk)
        {
            _shares.Charge(youngest.Tenant, -Cost(chunk));
            _claims.Remove(youngest);
        }

        Pages.PutAway(youngest);
        Pages.Release(youngest);
        _running.Remove(youngest);
        _waiting.Add(youngest);
        youngest.Preemptions++;
        return true;
    }

    /// <summary>Pages for so many positions, if need be of those whose claims are younger.</summary>
    private bool TryReserve(ScheduledSequence sequence, int positions)
    {
        while (!sequence.Table!.TryReserve(positions))
        {
            if (!TryPreempt(sequence, below: int.MaxValue))
            {
                return false;
            }
        }

        return true;
    }

    private void PlanAnswer(ScheduledSequence sequence)
    {
        var length = sequence.Tokens.Length;
        var drafts = sequence.Drafts.Length;
        if (drafts > 0 && (drafts > _room || !sequence.Table!.TryReserve(length + drafts)))
        {
            drafts = 0; // Guesses are worth nobody's pages.
        }

        if (drafts > 0 || TryReserve(sequence, length))
        {
            _room -= drafts;
            Add(new PlannedChunk(sequence, sequence.Computed, 1, drafts, ReachesEnd: sequence.IsAnswered));
        }
    }

    /// <summary>Plans as much of a prompt as there is room for, and tells how much that is.</summary>
    private int PlanPrompt(ScheduledSequence sequence, int room)
    {
        if (room <= 0 || (sequence.Computed % Options.PageLength == 0 && !TryGoOn(sequence)))
        {
            return 0;
        }

        if (!TryReserve(sequence, sequence.Computed + 1))
        {
            return 0;
        }

        // As much as fits without taking pages from anybody.
        var places = sequence.Table!.Capacity + ((long)Pages.Pool.FreePages * Options.PageLength) - sequence.Computed;
        var count = (int)Math.Min(Math.Min(sequence.Missing, room), places);
        _ = sequence.Table.TryReserve(sequence.Computed + count);
        _room -= count;
        _claims.Add(sequence);
        Add(new PlannedChunk(sequence, sequence.Computed, count, 0, ReachesEnd: sequence.IsAnswered && count == sequence.Missing));
        return count;
    }

    /// <summary>
    /// At the end of a page: takes what is in memory of the next ones. False if that took all its turn, or somebody else is
    /// computing the next page in this step.
    /// </summary>
    private bool TryGoOn(ScheduledSequence sequence)
    {
        Pages.Find(sequence);
        if (sequence.Swapped is { } swapped)
        {
            if (swapped.Positions > sequence.Computed)
            {
                if (!TryReserve(sequence, swapped.Positions))
                {
                    return false;
                }

                Pages.BringBack(sequence);
                return true;
            }

            Pages.Drop(sequence);
        }

        var beginning = SequencePages.FindBeginning(sequence);
        if (MostInCommonWithClaims(sequence) >= beginning.Tokens + WorthWaitingFor)
        {
            return false;
        }

        if (beginning.Tokens > 0)
        {
            _ = Pages.TryCopy(sequence, beginning); // Without a free page it is computed, as all else.
        }

        return true;
    }

    /// <summary>The most of a sequence's next tokens that others are computing after the same pages.</summary>
    private int MostInCommonWithClaims(ScheduledSequence sequence)
    {
        var most = 0;
        foreach (var other in _claims)
        {
            if (other.Chain == sequence.Chain)
            {
                var start = other.WholePages * Options.PageLength;
                var page = other.Tokens[start..Math.Min(other.Tokens.Length, start + Options.PageLength)];
                most = Math.Max(most, sequence.Tokens[sequence.Computed..^1].CommonPrefixLength(page));
            }
        }

        return most;
    }

    private void Add(PlannedChunk chunk)
    {
        _plan.Add(chunk);
        _shares.Charge(chunk.Sequence.Tenant, Cost(chunk));
    }
}

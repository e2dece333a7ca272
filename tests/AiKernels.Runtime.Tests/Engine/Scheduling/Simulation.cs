using AiKernels.Runtime.Engine.Scheduling;

namespace AiKernels.Runtime.Tests.Engine.Scheduling;

/// <summary>
/// A scheduler with a pretended model: random requests come, are cancelled, and end, while everything is checked that must
/// hold. The seed decides all of it, so a failure comes again.
/// </summary>
internal sealed class Simulation
{
    private const int Vocabulary = 50;

    private readonly Random _random;
    private readonly SchedulerOptions _options;
    private readonly Scheduler _scheduler;
    private readonly PretendedMemory _memory;
    private readonly Dictionary<ScheduledSequence, SimulatedRequest> _open = [];
    private readonly List<int[]> _texts = [];
    private readonly double _load;
    private readonly int _seed, _mostWaiting;
    private TimeSpan _now;
    private int _accepted, _ended, _answered, _cancelled;

    public Simulation(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        var pageLength = 1 << _random.Next(2, 6);
        var sequences = _random.Next(1, 40);
        _options = new SchedulerOptions
        {
            Pages = _random.Next(2, 12) * _random.Next(1, 20),
            PageLength = pageLength,
            MaxSequences = sequences,
            MaxStepTokens = sequences + _random.Next(100),
            SwapPages = _random.Next(2) * _random.Next(100),
            ClearsPages = _random.Next(4) == 0,
            Patience = TimeSpan.FromSeconds(_random.Next(1, 60)),
        };
        _mostWaiting = _random.Next(1, 100);
        _load = _random.NextDouble() * 3;
        _scheduler = new Scheduler(_options);
        _memory = new PretendedMemory(_options.Pages, pageLength);
    }

    /// <summary>Arrivals, cancellations, page operations and chunks so far.</summary>
    public long Events { get; private set; }

    /// <summary>What happened, so that a run can't be about nothing.</summary>
    public (int Answered, int Cancelled, long Reused, long Copied, long Preempted, long BroughtBack) Counts { get; private set; }

    private int Longest => (_options.Pages * _options.PageLength) - 1;

    /// <summary>Runs until so many events have happened, then lets everything end.</summary>
    public void Run(long events)
    {
        while (Events < events)
        {
            _now += TimeSpan.FromSeconds(_random.NextDouble());
            for (var arrivals = _random.NextDouble() * 2 * _load; arrivals > _random.NextDouble(); arrivals--)
            {
                Arrive();
            }

            if (_open.Count > 0 && _random.Next(20) == 0)
            {
                End(_open.Values.ElementAt(_random.Next(_open.Count)), isCancelled: true);
            }

            Step(_random.Next(8) == 0);
        }

        // Whatever there is needs at most a step for each of its tokens, and one for each preemption.
        for (var steps = 0; _open.Count > 0; steps++)
        {
            Check(steps < 1_000_000, "the remaining requests end");
            Step(withCancellation: false);
        }

        Step(withCancellation: false); // Pages of the last ones may have to be cleared.
        CheckPages();
        Check(_scheduler.Pages.Pool.FreePages == _options.Pages, "all pages are free");
        Check(_scheduler.Pages.SwappedPages == 0, "nothing is put away");
        Check(_accepted == _ended && _ended == _answered + _cancelled, "every request ended once");
        Check(!_options.ClearsPages || Enumerable.Range(0, _options.Pages).All(_memory.IsClear), "all pages are clear");
        Counts = Counts with { Answered = _answered, Cancelled = _cancelled };
    }

    private void Check(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"seed {_seed}, event {Events}: it does not hold that {what}");
        }
    }

    private void Arrive()
    {
        Events++;
        var prompt = Text();
        prompt = prompt[..Math.Min(prompt.Length, Longest)];
        var sequence = new ScheduledSequence(prompt)
        {
            Tenant = $"tenant {_random.Next(4)}",
            Salt = _random.Next(10) == 0 ? "another" : "",
            Priority = _random.Next(5) == 0 ? _random.Next(-2, 3) : 0,
            Arrival = _now,
            IsAnswered = _random.Next(20) != 0,
        };
        if (_scheduler.Waiting.Count >= _mostWaiting)
        {
            return; // As hosts do with what they can't take.
        }

        var answers = 1 + _random.Next(Math.Min(1 + Longest - prompt.Length, 1 + _random.Next(60)));
        var request = new SimulatedRequest(sequence, answers, PretendedMemory.Start(sequence.Salt)) { Held = _random.Next(10) };
        if (prompt.Length > 1 && _random.Next(20) == 0)
        {
            sequence.Swapped = _memory.PutAway(request, _random.Next(1, prompt.Length)); // It was kept elsewhere.
        }

        _scheduler.Enqueue(sequence);
        _accepted++;
        _open.Add(sequence, request);
    }

    /// <summary>A new text, or one that goes on from some place in an earlier one.</summary>
    private int[] Text()
    {
        int[] fresh = [.. Enumerable.Range(0, 1 + _random.Next(1 + _random.Next(150))).Select(_ => _random.Next(Vocabulary))];
        if (_texts.Count == 0 || _random.Next(4) == 0)
        {
            return Remember(fresh);
        }

        var old = _texts[_random.Next(_texts.Count)];
        return _random.Next(3) == 0 ? old : Remember([.. old[.._random.Next(old.Length + 1)], .. fresh]);
    }

    private int[] Remember(int[] text)
    {
        if (_texts.Count < 20)
        {
            _texts.Add(text);
        }
        else
        {
            _texts[_random.Next(_texts.Count)] = text;
        }

        return text;
    }

    private void Step(bool withCancellation)
    {
        foreach (var request in _open.Values.Where(request => request.Sequence is { IsAnswered: false, Missing: 0 }).ToArray())
        {
            Hold(request);
        }

        foreach (var (sequence, request) in _open)
        {
            request.Before = (sequence.Preemptions, sequence.IsRunning);
            sequence.Drafts = sequence.Missing == 1 ? Drafts(request) : default;
        }

        var plan = _scheduler.Plan(_now, 1 + _random.Next(_options.MaxStepTokens));
        Check(
            plan.Chunks.Count > 0 || _open.Count == 0 || _open.Keys.Any(sequence => sequence is { IsAnswered: false, Missing: 0 }),
            "something is computed while there are requests");
        Check(plan.Tokens == plan.Chunks.Sum(chunk => chunk.Count) && plan.Tokens <= _options.MaxStepTokens, "a step is not too long");
        Check(_scheduler.Running.Count <= _options.MaxSequences, "no more sequences run than may");
        CheckOrder();
        while (plan.Pages.TryDequeue(out var operation))
        {
            Events++;
            _memory.Run(operation);
            Count(operation.Action);
        }

        foreach (var request in _open.Values)
        {
            NoteLosses(request);
        }

        foreach (var chunk in plan.Chunks)
        {
            Compute(_open[chunk.Sequence], chunk);
        }

        foreach (var chunk in plan.Chunks)
        {
            if (withCancellation && _random.Next(plan.Chunks.Count) == 0)
            {
                End(_open[chunk.Sequence], isCancelled: true); // Within the step, whose work is lost.
            }
            else
            {
                Finish(_open[chunk.Sequence], chunk);
            }
        }

        if (_random.Next(50) == 0)
        {
            CheckPages();
        }
    }

    /// <summary>Somebody reads pages, which stay what they are for as long as he does.</summary>
    private void Hold(SimulatedRequest request)
    {
        for (var position = 0; position < request.Sequence.Computed; position++)
        {
            Check(_memory.At(request.Sequence, position) == request.NumberAt(position), "what is held stays what it is");
        }

        if (request.Held-- == 0)
        {
            End(request, isCancelled: false);
        }
    }

    /// <summary>Guesses, the first few of which are right. No more than there are tokens left to choose.</summary>
    private int[] Drafts(SimulatedRequest request)
    {
        var most = Math.Min(request.Answers - request.Chosen - 1, _random.Next(6));
        var right = _random.Next(6);
        var drafts = new int[Math.Max(most, 0)];
        var number = drafts.Length == 0 ? 0 : request.NumberAt(request.Sequence.Tokens.Length - 1);
        for (var i = 0; i < drafts.Length; i++)
        {
            drafts[i] = i < right ? Choose(number) : Vocabulary;
            number = PretendedMemory.Next(number, drafts[i]);
        }

        return drafts;
    }

    /// <summary>The token that the model chooses after the tokens of a number.</summary>
    private static int Choose(ulong number) => (int)(number % Vocabulary);

    private void NoteLosses(SimulatedRequest request)
    {
        var sequence = request.Sequence;
        var preemptions = sequence.Preemptions - request.Before.Preemptions;
        Check(preemptions is 0 or 1, "a sequence gives way once a step");
        request.Worked = preemptions > 0 ? 0 : request.Worked; // And what it had found is lost as well.
        Counts = Counts with { Preempted = Counts.Preempted + preemptions };
    }

    private void Compute(SimulatedRequest request, PlannedChunk chunk)
    {
        Events++;
        var sequence = request.Sequence;
        Check(sequence.Computed == chunk.First && chunk.Count > 0, "a chunk begins where the last one ended");
        Check(sequence.Table!.Capacity >= chunk.First + chunk.Count, "a chunk has pages");
        var isNew = !request.Before.Ran || sequence.Reused > 0;
        for (var position = isNew ? 0 : Math.Max(0, chunk.First - 3); position < chunk.First; position++)
        {
            Check(_memory.At(sequence, position) == request.NumberAt(position), "what was computed before is still there");
        }

        var number = chunk.First == 0 ? PretendedMemory.Start(sequence.Salt) : request.NumberAt(chunk.First - 1);
        for (var i = 0; i < chunk.Count; i++)
        {
            var position = chunk.First + i;
            var token = i < chunk.Known ? sequence.Tokens[position] : sequence.Drafts.Span[i - chunk.Known];
            number = PretendedMemory.Next(number, token);
            var page = sequence.Table.Pages[position / _options.PageLength];
            Check(_scheduler.Pages.Pool.Holders(page) == 1, "nobody else holds a page that is written");
            _memory.At(sequence, position) = number;
        }
    }

    private void Finish(SimulatedRequest request, PlannedChunk chunk)
    {
        var sequence = request.Sequence;
        var (accepted, chosen) = (0, -1);
        if (chunk.ReachesEnd)
        {
            chosen = Choose(request.NumberAt(sequence.Tokens.Length - 1));
            for (; accepted < chunk.Drafts && sequence.Drafts.Span[accepted] == chosen; accepted++)
            {
                sequence.Append(chosen);
                chosen = Choose(request.NumberAt(sequence.Tokens.Length - 1));
            }
        }

        request.Worked += chunk.Known + accepted;
        _scheduler.Advance(chunk, accepted);
        if (chosen < 0)
        {
            return;
        }

        sequence.Append(chosen);
        request.Chosen += accepted + 1;
        if (request.Chosen == request.Answers)
        {
            Check(request.Worked + sequence.Reused == sequence.Tokens.Length - 1, "tokens are counted exactly");
            End(request, isCancelled: false);
        }
    }

    private void End(SimulatedRequest request, bool isCancelled)
    {
        Events++;
        Counts = Counts with { Reused = Counts.Reused + request.Sequence.Reused };
        _scheduler.Remove(request.Sequence);
        Check(_open.Remove(request.Sequence), "a request ends once");
        _ended++;
        (_cancelled, _answered) = isCancelled ? (_cancelled + 1, _answered) : (_cancelled, _answered + 1);
    }

    private void Count(PageAction action)
    {
        Counts = Counts with
        {
            Copied = Counts.Copied + (action == PageAction.Copy ? 1 : 0),
            BroughtBack = Counts.BroughtBack + (action == PageAction.BringBack ? 1 : 0),
        };
    }

    /// <summary>Nobody whose patience is over is overtaken by somebody whose claim is younger.</summary>
    private void CheckOrder()
    {
        foreach (var admitted in _scheduler.Running.Where(sequence => !_open[sequence].Before.Ran))
        {
            Check(
                _scheduler.Waiting.All(waiting => _open[waiting].Before.Ran // It gave way just now.
                    || _now <= Claim(waiting) + _options.Patience || Claim(admitted) <= Claim(waiting)),
                "nobody waits beyond his bound");
        }

        TimeSpan Claim(ScheduledSequence sequence) => sequence.Arrival - (sequence.Priority * _options.PriorityAge);
    }

    /// <summary>Pages are held by those in whose tables they are, and by nobody else.</summary>
    private void CheckPages()
    {
        var holders = new int[_options.Pages];
        foreach (var sequence in _scheduler.Running)
        {
            foreach (var page in sequence.Table!.Pages)
            {
                holders[page]++;
            }
        }

        var pool = _scheduler.Pages.Pool;
        Check(Enumerable.Range(0, _options.Pages).All(page => pool.Holders(page) == holders[page]), "no page leaked or is held wrongly");
        Check(pool.FreePages == holders.Count(count => count == 0), "free pages are counted exactly");
        Check(_scheduler.Pages.IsConsistent, "the index agrees with itself");
        var swapped = _scheduler.Waiting.Concat(_scheduler.Running).Sum(sequence => sequence.Swapped?.Images.Length ?? 0);
        Check(swapped == _scheduler.Pages.SwappedPages, "pages put away are counted exactly");
        Check(
            _scheduler.Running.Concat(_scheduler.Waiting).ToHashSet().SetEquals(_open.Keys)
            && _scheduler.Running.Count + _scheduler.Waiting.Count == _open.Count,
            "none is lost, or there twice");
    }
}

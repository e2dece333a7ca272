using System.Diagnostics;
using AiKernels.Runtime.Engine.Scheduling;
using AiKernels.Runtime.Engine.Speculation;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// The thread that owns an engine's state: takes requests in, plans a step, runs it, chooses tokens and gives them out.
/// Everything else talks to it through its inbox.
/// </summary>
internal sealed class EngineThread : IDisposable
{
    private readonly LanguageModel _model;
    private readonly StepPace _pace;
    private readonly StepRunner _runner;
    private readonly List<EngineRequest> _answering = [];
    private readonly List<OpenSequence> _open = [];
    private readonly Inbox<OpenSequence> _inbox = new();
    private readonly Thread _thread;
    private readonly Action _admitted;
    private Scheduler _scheduler;
    private StepPlan _plan = new();
    private Drafter? _drafter;
    private volatile Exception? _end;
    private volatile bool _hasGivenUp, _isOver;
    private int _accepted, _running, _usedPages;

    /// <summary>Starts it.</summary>
    /// <param name="model">What it runs.</param>
    /// <param name="options">How it shares the machine out.</param>
    /// <param name="admitted">Called for each request that no longer waits for its first turn.</param>
    public EngineThread(LanguageModel model, EngineOptions options, Action admitted)
    {
        (_model, _admitted) = (model, admitted);
        var shape = model.CacheShape;
        var decoder = model.Decoder;
        _scheduler = new Scheduler(new SchedulerOptions
        {
            Pages = model.CachePages,
            PageLength = shape.PageLength,
            MaxStepTokens = decoder.MaxTokens,
            MaxSequences = Math.Min(options.MaxSequences, decoder.MaxTokens),
            SwapPages = (int)Math.Min(options.SwapBytes / shape.PageBytes, int.MaxValue),
            PriorityAge = options.PriorityAge,
            Patience = options.Patience,
            ClearsPages = options.ClearsPages,
        });
        _pace = new StepPace(options.StepTime, decoder.MaxTokens);
        _runner = new StepRunner(model, BetweenLayers);
        var policy = new DraftPolicy(options.AlwaysGuesses);
        _drafter = !options.Speculates ? null
            : options.DraftModel is { } draft ? new ModelDrafter(draft, policy)
            : new LookupDrafter(policy);
        _thread = new Thread(Loop) { IsBackground = true, Name = "AiKernels engine" };
        _thread.Start();
    }

    /// <summary>What it is busy with, as of the last step.</summary>
    public EngineLoad Load => new(Volatile.Read(ref _running), 0, Volatile.Read(ref _usedPages) / (double)_model.CachePages);

    /// <summary>Time since some moment, the same for all.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>Hands a sequence over.</summary>
    public void Post(OpenSequence sequence)
    {
        _inbox.Post(sequence);
        if (_isOver)
        {
            RefuseInbox(); // Nobody else looks into it any more.
        }
    }

    /// <summary>A sequence was given up; within a layer's time nothing is computed for it any more.</summary>
    public void Withdraw(OpenSequence sequence)
    {
        sequence.IsGivenUp = true;
        _hasGivenUp = true;
        _inbox.Wake();
    }

    /// <summary>Ends all requests with an exception, and waits until that is done.</summary>
    public void Stop(Exception reason)
    {
        Interlocked.CompareExchange(ref _end, reason, null);
        _hasGivenUp = true;
        _inbox.Wake();
        _thread.Join();
    }

    /// <summary>Frees all memory. It was stopped before.</summary>
    public void Dispose()
    {
        _runner.Dispose();
        _drafter?.Dispose();
    }

    private void Loop()
    {
        try
        {
            while (_end is null)
            {
                TakeIn();
                EndOverdue();
                Step();
            }
        }
#pragma warning disable CA1031 // A fault of ours: those who wait must hear of it, not wait for ever.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _end, fault, null);
        }
        finally
        {
            _isOver = true;
            RefuseInbox();
            _open.ForEach(sequence => sequence.Fail(_end!));
        }
    }

    private void RefuseInbox()
    {
        while (_inbox.TryTake(out var sequence))
        {
            sequence.Fail(_end!);
        }
    }

    private void TakeIn()
    {
        while (_inbox.TryTake(out var sequence))
        {
            _open.Add(sequence);
            _scheduler.Enqueue(sequence);
        }
    }

    /// <summary>Ends those that were given up and those whose time is over.</summary>
    private void EndOverdue()
    {
        _hasGivenUp = false;
        var now = Now;
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var sequence = _open[i];
            if (sequence.IsGivenUp)
            {
                Remove(sequence);
                sequence.Fail(new OperationCanceledException("the generation was cancelled"));
            }
            else if (sequence.Deadline < now)
            {
                End((EngineRequest)sequence, FinishReason.Deadline);
            }
        }
    }

    private void Step()
    {
        var start = Now;
        Draft();
        _plan = _scheduler.Plan(start, _pace.PromptTokens(_answering.Count));
        Volatile.Write(ref _running, _scheduler.Running.Count);
        Volatile.Write(ref _usedPages, _model.CachePages - _scheduler.Pages.Pool.FreePages);
        if (_plan.IsEmpty)
        {
            _inbox.Sleep(UntilNextDeadline(start));
            return;
        }

        NoteAdmissions(start);
        _model.Turn.Wait();
        try
        {
            ObjectDisposedException.ThrowIf(_model.IsDisposed, _model);
            _runner.Run(_plan);
            for (var i = 0; i < _plan.Chunks.Count; i++)
            {
                Finish(_plan.Chunks[i], i);
            }
        }
#pragma warning disable CA1031 // Whatever it is, it is the requests' end and not the engine's.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fail(fault);
            return;
        }
        finally
        {
            _model.Turn.Release();
        }

        Learn(Now - start);
    }

    /// <summary>The requests that get their next token, with what is guessed to follow it.</summary>
    private void Draft()
    {
        _answering.Clear();
        foreach (var sequence in _scheduler.Running)
        {
            if (sequence is EngineRequest { Missing: 1 } request)
            {
                _answering.Add(request);
            }
        }

        try
        {
            _drafter?.Draft(_answering, isBusy: _answering.Count < _open.Count);
        }
#pragma warning disable CA1031 // Whatever it is, answers don't need it.
        catch (Exception)
#pragma warning restore CA1031
        {
            _drafter!.Dispose();
            _drafter = null; // Slower from now on, and still right.
            _answering.ForEach(request => request.Drafts = default);
        }
    }

    private void Learn(TimeSpan time)
    {
        var (answers, prompt) = (0, 0);
        foreach (var chunk in _plan.Chunks)
        {
            answers += chunk.Known == 1 ? 1 : 0;
            prompt += chunk.Known == 1 ? 0 : chunk.Known;
        }

        if (_plan.Tokens == answers + prompt)
        {
            _pace.Learn(prompt, answers, time);
        }

        _drafter?.Learn(_plan, _accepted, time);
        _accepted = 0;
    }

    /// <summary>A step is running: what is given up now leaves it before the next layer.</summary>
    private void BetweenLayers()
    {
        if (!_hasGivenUp)
        {
            return;
        }

        _hasGivenUp = false;
        for (var i = 0; i < _plan.Chunks.Count; i++)
        {
            if (_end is not null || ((OpenSequence)_plan.Chunks[i].Sequence).IsGivenUp)
            {
                _runner.Withdraw(i);
            }
        }
    }

    /// <summary>A chunk was computed: chooses what follows, if it reached the end. What goes wrong there is its request's alone.</summary>
    private void Finish(PlannedChunk chunk, int number)
    {
        if (_runner.IsWithdrawn(number))
        {
            return; // It will be found among those that were given up.
        }

        if (!chunk.ReachesEnd)
        {
            _scheduler.Advance(chunk);
            if (chunk.Sequence is PinnedSequence { Missing: 0 } pinned)
            {
                pinned.Complete();
            }

            return;
        }

        var request = (EngineRequest)chunk.Sequence;
        var (accepted, reason) = (0, FinishReason.None);
        Exception? fault = null;
        try
        {
            (accepted, reason) = Choose(request, chunk, number);
        }
#pragma warning disable CA1031 // Whatever it is, it is no other request's.
        catch (Exception caught)
#pragma warning restore CA1031
        {
            fault = caught;
        }

        _accepted += accepted;
        request.NoteDrafts(chunk.Drafts, accepted);
        _drafter?.Learn(request, chunk.Drafts, accepted);
        _scheduler.Advance(chunk, accepted);
        if (fault is not null)
        {
            Remove(request);
            request.Fail(fault);
        }
        else if (reason != FinishReason.None)
        {
            End(request, reason);
        }
    }

    /// <summary>Chooses the next token, and goes on as long as the drafts are what is chosen.</summary>
    private (int Accepted, FinishReason Reason) Choose(EngineRequest request, PlannedChunk chunk, int number)
    {
        for (var draft = 0; ; draft++)
        {
            var token = request.Choose(_runner.Candidates(chunk, number, draft));
            var probabilities = request.WantsProbabilities ? _runner.Probabilities(number, draft) : null;
            var isAccepted = draft < chunk.Drafts && request.Drafts.Span[draft] == token;
            var reason = request.Add(token, probabilities, Now);
            if (reason != FinishReason.None || !isAccepted)
            {
                return (draft, reason);
            }
        }
    }

    private void NoteAdmissions(TimeSpan now)
    {
        foreach (var chunk in _plan.Chunks)
        {
            NoteAdmission((OpenSequence)chunk.Sequence, now);
        }
    }

    private void NoteAdmission(OpenSequence sequence, TimeSpan now)
    {
        if (sequence.NoteAdmission(now))
        {
            _admitted();
        }
    }

    private void End(EngineRequest request, FinishReason reason)
    {
        Remove(request);
        request.End(reason);
    }

    private void Remove(OpenSequence sequence)
    {
        NoteAdmission(sequence, Now);
        _scheduler.Remove(sequence);
        _open.Remove(sequence);
        if (sequence is EngineRequest request)
        {
            _drafter?.Remove(request);
        }
    }

    /// <summary>
    /// A step failed. Its requests end with that; and if pages were not moved as planned, all do, since nobody knows any more
    /// what pages hold.
    /// </summary>
    private void Fail(Exception fault)
    {
        var all = _plan.Pages.Count > 0;
        OpenSequence[] failed = all ? [.. _open] : [.. _plan.Chunks.Select(chunk => (OpenSequence)chunk.Sequence).Where(_open.Contains)];
        foreach (var sequence in failed)
        {
            Remove(sequence);
            sequence.Fail(fault);
        }

        if (all)
        {
            _scheduler = new Scheduler(_scheduler.Options);
        }
    }

    private TimeSpan UntilNextDeadline(TimeSpan now)
    {
        var least = Timeout.InfiniteTimeSpan;
        foreach (var sequence in _open)
        {
            if (sequence.Deadline is { } deadline && (least < TimeSpan.Zero || deadline - now < least))
            {
                least = deadline > now ? deadline - now : TimeSpan.Zero;
            }
        }

        return least;
    }
}

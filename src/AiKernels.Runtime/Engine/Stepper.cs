using System.Runtime.ExceptionServices;
using AiKernels.Cache;
using AiKernels.Runtime.Engine.Scheduling;
using AiKernels.Runtime.Engine.Speculation;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// An engine's steps: each is planned, computed, and followed by the choice of tokens, which are given out. To be used by one
/// thread, except where it is said.
/// </summary>
internal sealed class Stepper : IDisposable
{
    private readonly LanguageModel _model;
    private readonly StepPace _pace;
    private readonly StepRunner _runner;
    private readonly List<EngineRequest> _answering = [];
    private Scheduler _scheduler;
    private StepPlan _plan = new();
    private Drafter? _drafter;
    private volatile bool _hasWithdrawals, _isAllWithdrawn;
    private bool _hasDeadlines;
    private int _accepted, _running, _usedPages;

    public Stepper(LanguageModel model, EngineOptions options)
    {
        _model = model;
        var shape = model.CacheShape;
        var decoder = model.Decoder;
        var sequences = Math.Min(options.MaxSequences, decoder.MaxTokens);
        _scheduler = new Scheduler(new SchedulerOptions
        {
            Pages = model.CachePages,
            PageLength = shape.PageLength,
            MaxStepTokens = decoder.MaxTokens,
            MaxSequences = sequences,
            MaxSequencesOfTenant = options.MaxSequencesOfTenant > 0 ? options.MaxSequencesOfTenant : ((3 * sequences) + 3) / 4,
            SwapPages = (int)Math.Min(options.SwapBytes / shape.PageBytes, int.MaxValue),
            PriorityAge = options.PriorityAge,
            Patience = options.Patience,
            ClearsPages = options.ClearsPages,
        });
        _pace = new StepPace(options.StepTime, decoder.MaxTokens);
        _runner = new StepRunner(model, BetweenLayers, options.ClearsPages);
        try
        {
            var policy = new DraftPolicy(options.AlwaysGuesses);
            _drafter = !options.Speculates ? null
                : options.DraftModel is { } draft ? new ModelDrafter(draft, policy, options.ClearsPages)
                : new LookupDrafter(policy);
        }
        catch
        {
            _runner.Dispose();
            throw;
        }
    }

    /// <summary>Keys and values of all sequences.</summary>
    public KeyValueCache Cache => _runner.Cache;

    /// <summary>Sequences that have ended, and why; whoever tells them takes them out.</summary>
    public List<(OpenSequence Sequence, FinishReason Reason, Exception? Fault)> Ended { get; } = [];

    /// <summary>What it is busy with, as of the last step. For any thread.</summary>
    public EngineLoad Load => new(Volatile.Read(ref _running), 0, Volatile.Read(ref _usedPages) / (double)_model.CachePages);

    /// <summary>Takes a sequence in.</summary>
    public void Enqueue(OpenSequence sequence) => _scheduler.Enqueue(sequence);

    /// <summary>Lets a sequence go, whatever it is doing.</summary>
    public void End(OpenSequence sequence, FinishReason reason, Exception? fault = null)
    {
        _scheduler.Remove(sequence);
        if (sequence is EngineRequest request)
        {
            _drafter?.Remove(request);
        }

        Ended.Add((sequence, reason, fault));
    }

    /// <summary>Some sequence was given up: the running step goes on without it from the next layer on. For any thread.</summary>
    public void NoteWithdrawal() => _hasWithdrawals = true;

    /// <summary>All are given up. For any thread.</summary>
    public void WithdrawAll()
    {
        _isAllWithdrawn = true;
        _hasWithdrawals = true;
    }

    /// <summary>Frees all memory, and clears it before if that is wanted.</summary>
    public void Dispose()
    {
        _runner.Dispose();
        _drafter?.Dispose();
    }

    /// <summary>Does the next step, if there is anything to do.</summary>
    public bool TryStep(TimeSpan now)
    {
        Draft();
        var drafting = EngineThread.Now - now;
        _plan = _scheduler.Plan(now, _pace.PromptTokens(_answering.Count));
        if (_plan.IsEmpty)
        {
            NoteLoad();
            return false;
        }

        _hasDeadlines = false;
        foreach (var chunk in _plan.Chunks)
        {
            var sequence = (OpenSequence)chunk.Sequence;
            sequence.Admit(now);
            _hasDeadlines |= sequence.Deadline is not null;
        }

        _model.Turn.Take();
        try
        {
            ObjectDisposedException.ThrowIf(_model.IsDisposed, _model);
            var start = EngineThread.Now;
            var movesPages = _plan.Pages.Count > 0;
            _runner.Run(_plan);
            var isWhole = true;
            for (var i = 0; i < _plan.Chunks.Count; i++)
            {
                isWhole &= !_runner.IsWithdrawn(i);
                Finish(_plan.Chunks[i], i);
            }

            // Waiting for others' steps, moving pages and what was given up on the way are no measure of the next step.
            Learn(EngineThread.Now - start + drafting, isWhole && !movesPages);
        }
#pragma warning disable CA1031 // Whatever it is, it is the requests' end and not the engine's.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fail(fault);
        }
        finally
        {
            _model.Turn.Give();
        }

        NoteLoad();
        return true;
    }

    /// <summary>Pages that are still to be cleared, or moved, are not free yet.</summary>
    private void NoteLoad()
    {
        Volatile.Write(ref _running, _scheduler.Running.Count);
        Volatile.Write(ref _usedPages, _model.CachePages - _scheduler.Pages.Pool.FreePages + _plan.Pages.Count);
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
            _drafter?.Draft(_answering, isBusy: _answering.Count < _scheduler.Running.Count + _scheduler.Waiting.Count);
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

    private void Learn(TimeSpan time, bool isTypical)
    {
        var accepted = _accepted;
        _accepted = 0;
        if (!isTypical)
        {
            return;
        }

        var (answers, prompt) = (0, 0);
        foreach (var chunk in _plan.Chunks)
        {
            answers += chunk.Known == 1 ? 1 : 0;
            prompt += chunk.Known == 1 ? 0 : chunk.Known;
        }

        if (answers + prompt > 0 && _plan.Tokens == answers + prompt)
        {
            _pace.Learn(prompt, answers, time);
        }

        _drafter?.Learn(_plan, accepted, time);
    }

    /// <summary>A step is running: what is given up now leaves it before the next layer.</summary>
    private void BetweenLayers()
    {
        if (!_hasWithdrawals && !_hasDeadlines)
        {
            return;
        }

        _hasWithdrawals = false;
        var now = EngineThread.Now;
        for (var i = 0; i < _plan.Chunks.Count; i++)
        {
            var sequence = (OpenSequence)_plan.Chunks[i].Sequence;
            if (_isAllWithdrawn || sequence.IsGivenUp || sequence.Deadline < now)
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
            return; // It is ended with all others that were given up.
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
        if (fault is not null || reason != FinishReason.None)
        {
            End(request, reason, fault);
        }
    }

    /// <summary>Chooses the next token, and goes on as long as the drafts are what is chosen.</summary>
    private (int Accepted, FinishReason Reason) Choose(EngineRequest request, PlannedChunk chunk, int number)
    {
        for (var draft = 0; ; draft++)
        {
            var output = draft;
            var token = request.Forced() ?? request.Choose(_runner.Candidates(chunk, number, draft), () => _runner.Logits(number, output));
            var probabilities = request.WantsProbabilities ? _runner.Probabilities(number, draft) : null;
            var isAccepted = draft < chunk.Drafts && request.Drafts.Span[draft] == token;
            var reason = request.Add(token, probabilities, EngineThread.Now);
            if (reason == FinishReason.None && !isAccepted)
            {
                reason = AddForced(request);
            }

            if (reason != FinishReason.None || !isAccepted)
            {
                return (draft, reason);
            }
        }
    }

    /// <summary>
    /// Appends what is certain to follow: nobody need ask the model, which reads it with the next step. Unless somebody wants to
    /// know how likely it was.
    /// </summary>
    private static FinishReason AddForced(EngineRequest request)
    {
        var reason = FinishReason.None;
        while (reason == FinishReason.None && !request.WantsProbabilities && request.Forced() is { } token)
        {
            reason = request.Add(token, probabilities: null, EngineThread.Now);
        }

        return reason;
    }

    /// <summary>
    /// A step failed. Its requests end with that; and if pages were not moved as planned, all do, since nobody knows any more
    /// what pages hold.
    /// </summary>
    private void Fail(Exception fault)
    {
        var all = _plan.Pages.Count > 0;
        OpenSequence[] failed = all
            ? [.. _scheduler.Running.Concat(_scheduler.Waiting).Cast<OpenSequence>()]
            : [.. _plan.Chunks.Select(chunk => (OpenSequence)chunk.Sequence).Where(sequence => !Ended.Any(ended => ended.Sequence == sequence))];
        if (failed.Length == 0)
        {
            ExceptionDispatchInfo.Throw(fault); // Nobody's request, and the next step would fail as this one.
        }

        foreach (var sequence in failed)
        {
            End(sequence, FinishReason.None, fault);
        }

        if (all)
        {
            _scheduler = new Scheduler(_scheduler.Options);
            _scheduler.Pages.ClearAll();
        }
    }
}

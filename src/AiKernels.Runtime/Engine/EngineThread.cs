using System.Diagnostics;
using AiKernels.Cache;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// The thread that owns an engine's state: takes sequences in, runs a step after the other, and ends what has ended.
/// Everything else talks to it through its inbox.
/// </summary>
internal sealed class EngineThread : IDisposable
{
    // A day: the system's waits take no more than some weeks.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly Stepper _stepper;
    private readonly List<OpenSequence> _open = [];
    private readonly Inbox<OpenSequence> _inbox = new();
    private readonly Thread _thread;
    private volatile Exception? _end;
    private volatile bool _isOver;

    /// <summary>Starts it.</summary>
    /// <param name="model">What it runs.</param>
    /// <param name="options">How it shares the machine out.</param>
    public EngineThread(LanguageModel model, EngineOptions options)
    {
        _stepper = new Stepper(model, options);
        _thread = new Thread(Loop) { IsBackground = true, Name = "AiKernels engine" };
        _thread.Start();
    }

    /// <summary>Time since some moment, the same for all.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>Keys and values of all sequences; to be used in one's turn.</summary>
    public KeyValueCache Cache => _stepper.Cache;

    /// <summary>What it is busy with, as of the last step.</summary>
    public EngineLoad Load => _stepper.Load;

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
        _stepper.NoteWithdrawal();
        _inbox.Wake();
    }

    /// <summary>Ends all requests with an exception, and waits until that is done.</summary>
    public void Stop(Exception reason)
    {
        Interlocked.CompareExchange(ref _end, reason, null);
        _stepper.WithdrawAll();
        _inbox.Wake();
        _thread.Join();
    }

    /// <summary>Frees all memory. It was stopped before.</summary>
    public void Dispose() => _stepper.Dispose();

    private void Loop()
    {
        try
        {
            while (_end is null)
            {
                TakeIn();
                EndOverdue();
                if (!_stepper.TryStep(Now))
                {
                    _inbox.Sleep(UntilNextDeadline());
                }

                EndWhatHasEnded();
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
            _stepper.Enqueue(sequence);
        }
    }

    /// <summary>Ends those that were given up and those whose time is over.</summary>
    private void EndOverdue()
    {
        var now = Now;
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var sequence = _open[i];
            if (sequence.IsGivenUp)
            {
                _stepper.End(sequence, FinishReason.None, new OperationCanceledException("the generation was cancelled"));
            }
            else if (sequence.Deadline < now)
            {
                _stepper.End(sequence, FinishReason.Deadline);
            }
        }

        EndWhatHasEnded();
    }

    private void EndWhatHasEnded()
    {
        foreach (var (sequence, reason, fault) in _stepper.Ended)
        {
            _open.Remove(sequence);
            if (fault is null)
            {
                ((EngineRequest)sequence).End(reason);
            }
            else
            {
                sequence.Fail(fault);
            }
        }

        _stepper.Ended.Clear();
    }

    private TimeSpan UntilNextDeadline()
    {
        var (least, now) = (LongestSleep, Now);
        foreach (var sequence in _open)
        {
            var left = sequence.Deadline - now ?? least;
            least = left < least ? left : least;
        }

        return least > TimeSpan.Zero ? least : TimeSpan.Zero;
    }
}

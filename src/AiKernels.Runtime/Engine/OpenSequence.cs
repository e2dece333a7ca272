using AiKernels.Runtime.Engine.Scheduling;

namespace AiKernels.Runtime.Engine;

/// <summary>A sequence that somebody waits for: a request to be answered, or tokens whose pages are wanted.</summary>
internal abstract class OpenSequence(ReadOnlySpan<int> tokens, int expectedTokens) : ScheduledSequence(tokens, expectedTokens)
{
    private bool _isAdmitted;
    private volatile bool _isGivenUp;

    /// <summary>When its time is over; null for never.</summary>
    public virtual TimeSpan? Deadline => null;

    /// <summary>Whether nobody wants any more of it. Set by any thread.</summary>
    public bool IsGivenUp
    {
        get => _isGivenUp;
        set => _isGivenUp = value;
    }

    /// <summary>Its turn came, or its end. Does nothing the second time.</summary>
    public void Admit(TimeSpan now)
    {
        if (!_isAdmitted)
        {
            _isAdmitted = true;
            Admitted(now);
        }
    }

    /// <summary>It ended otherwise than it should have.</summary>
    public abstract void Fail(Exception reason);

    /// <summary>Its turn came.</summary>
    protected virtual void Admitted(TimeSpan now)
    {
    }
}

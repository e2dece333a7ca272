namespace AiKernels.Runtime.Engine;

/// <summary>How many requests wait, and how fast they have been taken lately. Thread-safe.</summary>
/// <param name="most">The most that may wait.</param>
internal sealed class WaitingLine(int most)
{
    private const double Weight = 0.2;
    private static readonly TimeSpan Unknown = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _count;
    private TimeSpan? _lastLeft; // As long as somebody has waited ever since.
    private TimeSpan _interval;

    /// <summary>Takes a place.</summary>
    /// <exception cref="EngineBusyException">There is none.</exception>
    public void Enter()
    {
        lock (_lock)
        {
            if (_count >= most)
            {
                var hint = _interval == default ? Unknown : _interval < Longest ? _interval : Longest;
                throw new EngineBusyException($"{_count} requests wait already; the next one may be taken in {hint.TotalSeconds:F1} s", hint);
            }

            _count++;
        }
    }

    /// <summary>Gives a place back.</summary>
    /// <param name="now">The time; null for one that was never used.</param>
    public void Leave(TimeSpan? now)
    {
        lock (_lock)
        {
            _count--;
            if (_lastLeft is { } last && now is { } time)
            {
                _interval = _interval == default ? time - last : _interval + (Weight * (time - last - _interval));
            }

            _lastLeft = _count > 0 ? now ?? _lastLeft : null;
        }
    }
}

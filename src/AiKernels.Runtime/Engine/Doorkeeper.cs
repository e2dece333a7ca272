namespace AiKernels.Runtime.Engine;

/// <summary>How many requests are under way, waiting or not, and how fast they have ended lately. Thread-safe.</summary>
/// <param name="most">The most that may be.</param>
internal sealed class Doorkeeper(int most)
{
    private const double Weight = 0.2;
    private static readonly TimeSpan Unknown = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _count;
    private TimeSpan? _lastLeft; // As long as there has been somebody ever since.
    private TimeSpan _interval;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a place.</summary>
    /// <exception cref="EngineBusyException">There is none.</exception>
    public void Enter()
    {
        lock (_lock)
        {
            if (_count >= most)
            {
                var hint = _interval == default ? Unknown : _interval < Longest ? _interval : Longest;
                throw new EngineBusyException($"{_count} requests are under way already; the next one may be taken in {hint.TotalSeconds:F1} s", hint);
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

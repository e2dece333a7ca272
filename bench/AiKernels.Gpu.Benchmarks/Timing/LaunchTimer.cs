using System.Diagnostics;

namespace AiKernels.Gpu.Benchmarks.Timing;

/// <summary>How long something took, in seconds.</summary>
/// <param name="Wall">From the first call to the last result, of each round, ascending; a share of it if it was done several times.</param>
/// <param name="Device">What the device needs when the host is ahead of it.</param>
/// <param name="Host">What the host needs to enqueue it.</param>
internal sealed record Times(double[] Wall, double? Device, double? Host)
{
    /// <summary>Times of something that ends with a wait; the first doesn't count, in which code is compiled.</summary>
    /// <param name="rounds">How often it is timed.</param>
    /// <param name="units">Of how many a round consists.</param>
    /// <param name="round">What is timed.</param>
    public static Times OfRounds(int rounds, int units, Action round)
    {
        round();
        var wall = new double[rounds];
        for (var i = 0; i < rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            round();
            wall[i] = Stopwatch.GetElapsedTime(start).TotalSeconds / units;
        }

        Array.Sort(wall);
        return new Times(wall, null, null);
    }

    public double Best => Wall[0];

    public double Median => (Wall[(Wall.Length - 1) / 2] + Wall[Wall.Length / 2]) / 2;
}

/// <summary>Times what is enqueued: as a whole, the device's part and the host's.</summary>
internal sealed class LaunchTimer(DeviceClock clock, Headstart headstart, int rounds)
{
    // A round lasts about so long, which is enough for a clock.
    private const double Round = 0.01, Slow = 0.5;

    /// <summary>Times one thing that is enqueued by a call; calls after one another should use other memory.</summary>
    /// <param name="enqueue">The call.</param>
    /// <param name="mostUnits">
    /// The most calls of a round. All their launches must fit in the driver's queue, which has room for about a thousand:
    /// where it is full, the host waits, and that would count as its own time.
    /// </param>
    public Times Measure(Action enqueue, int mostUnits = 100)
    {
        Together(enqueue, 1); // Compiles.
        var (once, _) = Together(enqueue, 1);
        var units = (int)Math.Clamp(Round / once, 1, mostUnits);
        var count = once > Slow ? 1 : rounds;
        var (wall, host) = (new double[count], double.PositiveInfinity);
        for (var round = 0; round < count; round++)
        {
            (wall[round], var enqueuing) = Together(enqueue, units);
            host = Math.Min(host, enqueuing);
        }

        var device = double.PositiveInfinity;
        for (var round = 0; round < count && clock.IsCuda; round++)
        {
            device = Math.Min(device, Apart(enqueue, units, host));
        }

        Array.Sort(wall);
        return clock.IsCuda ? new Times(wall, device, host) : new Times(wall, null, null);
    }

    private (double Wall, double Host) Together(Action enqueue, int units)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < units; i++)
        {
            enqueue();
        }

        var host = Stopwatch.GetElapsedTime(start).TotalSeconds;
        headstart.Wait();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds / units, host / units);
    }

    private double Apart(Action enqueue, int units, double host)
    {
        clock.Reset();
        headstart.Give(2 * units * host);
        var start = clock.Mark();
        for (var i = 0; i < units; i++)
        {
            enqueue();
        }

        var end = clock.Mark();
        headstart.Wait();
        return clock.Seconds(start, end) / units;
    }
}

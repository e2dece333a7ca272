using System.Diagnostics;
using AiKernels.Runtime.Engine;

namespace AiKernels.Benchmarks.Serving;

/// <summary>When the tokens of an answer come, as its reader sees it.</summary>
internal sealed class TokenTimes
{
    private readonly Generation _generation;
    private readonly List<TimeSpan> _times = [];
    private readonly TimeSpan _start = Now;

    /// <summary>Reads an answer from now on.</summary>
    public TokenTimes(Generation generation)
    {
        _generation = generation;
        End = Task.Run(ReadAsync);
    }

    /// <summary>Time since some moment, the same for all.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>What the engine says of it.</summary>
    public GenerationStatistics Statistics => _generation.Statistics;

    /// <summary>When all tokens are there.</summary>
    public Task End { get; }

    /// <summary>From the submission to the first token.</summary>
    public TimeSpan ToFirst => Times[0] - _start;

    /// <summary>When each token came.</summary>
    public TimeSpan[] Times
    {
        get
        {
            lock (_times)
            {
                return [.. _times];
            }
        }
    }

    /// <summary>Waits until so many more have come.</summary>
    public async Task More(int tokens)
    {
        for (var wanted = Times.Length + tokens; Times.Length < wanted && !End.IsCompleted;)
        {
            await Task.Delay(1);
        }
    }

    /// <summary>Gives the answer up.</summary>
    public async Task Cancel()
    {
        _generation.Cancel();
        await Task.WhenAny(End);
    }

    /// <summary>The longest time without a token that lay, at least partly, after a moment.</summary>
    public TimeSpan LongestGap(TimeSpan after)
    {
        var times = Times;
        return times.Zip(times.Skip(1)).Where(gap => gap.Second > after).Max(gap => gap.Second - gap.First);
    }

    private async Task ReadAsync()
    {
        await foreach (var _ in _generation)
        {
            lock (_times)
            {
                _times.Add(Now);
            }
        }
    }
}

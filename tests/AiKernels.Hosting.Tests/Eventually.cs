using System.Diagnostics;
using Xunit;

namespace AiKernels.Hosting.Tests;

/// <summary>Waits for what others do, but not for ever.</summary>
internal static class Eventually
{
    // Far more than any of it takes on the slowest machine.
    private static readonly TimeSpan LongTime = TimeSpan.FromMinutes(2);

    /// <summary>Waits until something is so.</summary>
    public static async Task Is(Func<bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < LongTime, "what should be so by now never was");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}

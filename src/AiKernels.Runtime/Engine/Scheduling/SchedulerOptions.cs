namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>What a scheduler has to share out, and how.</summary>
internal sealed record SchedulerOptions
{
    /// <summary>Pages of keys and values.</summary>
    public required int Pages { get; init; }

    /// <summary>P, positions of a page.</summary>
    public int PageLength { get; init; } = Cache.KeyValueShape.SegmentLength;

    /// <summary>The most tokens of a step.</summary>
    public required int MaxStepTokens { get; init; }

    /// <summary>The most sequences that run at once; at most as many as a step has tokens.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Pages of sequences that lost theirs that may be kept in the host's memory.</summary>
    public int SwapPages { get; init; }

    /// <summary>A sequence of a priority higher by one stands as if it had come this much earlier.</summary>
    public TimeSpan PriorityAge { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Who has waited so long is overtaken by nobody who came later, whatever his priority or share.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a page is overwritten with zeros as soon as nobody holds it; then nothing is found again.</summary>
    public bool ClearsPages { get; init; }
}

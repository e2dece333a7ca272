namespace AiKernels.Runtime.Engine.Scheduling;

/// <summary>Who is served first.</summary>
/// <remarks>
/// Those who have waited too long, in the order of their claims; then by priority, then the tenant that got the least, then by
/// claim. A claim is the time of arrival, a priority being worth some seconds. Claims never change, so a sequence is overtaken
/// only for so long, and is never starved.
/// </remarks>
/// <param name="options">What a priority is worth, and what too long is.</param>
/// <param name="shares">What tenants got.</param>
internal sealed class TurnOrder(SchedulerOptions options, TenantShares shares) : IComparer<ScheduledSequence>
{
    /// <summary>The time.</summary>
    public TimeSpan Now { get; set; }

    /// <summary>Negative if <paramref name="x"/> is served first.</summary>
    public int Compare(ScheduledSequence? x, ScheduledSequence? y)
    {
        var (isOverdue, otherIs) = (IsOverdue(x!), IsOverdue(y!));
        var order = otherIs.CompareTo(isOverdue);
        if (order == 0 && !isOverdue)
        {
            order = y!.Priority.CompareTo(x!.Priority);
            order = order != 0 ? order : shares.Served(x.Tenant).CompareTo(shares.Served(y.Tenant));
        }

        return order != 0 ? order : CompareClaims(x!, y!);
    }

    /// <summary>The one that is served first; null if there is none.</summary>
    public ScheduledSequence? First(List<ScheduledSequence> sequences)
    {
        ScheduledSequence? first = null;
        foreach (var sequence in sequences)
        {
            first = first is null || Compare(sequence, first) < 0 ? sequence : first;
        }

        return first;
    }

    /// <summary>Whether a sequence's claim is older than another's.</summary>
    public bool HasOlderClaim(ScheduledSequence sequence, ScheduledSequence than) => CompareClaims(sequence, than) < 0;

    private int CompareClaims(ScheduledSequence x, ScheduledSequence y) => (Claim(x), x.Number).CompareTo((Claim(y), y.Number));

    /// <summary>When the sequence came, its priority taken into account.</summary>
    private TimeSpan Claim(ScheduledSequence sequence) => sequence.Arrival - (sequence.Priority * options.PriorityAge);

    private bool IsOverdue(ScheduledSequence sequence) => Claim(sequence) + options.Patience < Now;
}

namespace AiKernels.Offload;

/// <summary>Floats of a storage from one up to another; none by default.</summary>
internal readonly record struct Interval(long Start, long End)
{
    /// <summary>From a view's first float to its last.</summary>
    public static Interval Of(Tensor x) => x.Rows == 0 || x.Columns == 0 ? default : new(x.Offset, x.End);

    public bool IsEmpty => Start >= End;

    public bool Meets(Interval other) => Math.Max(Start, other.Start) < Math.Min(End, other.End);

    public Interval Common(Interval other) => new(Math.Max(Start, other.Start), Math.Min(End, other.End));

    /// <summary>The smallest that has both.</summary>
    public Interval Hull(Interval other) =>
        IsEmpty ? other : other.IsEmpty ? this : new(Math.Min(Start, other.Start), Math.Max(End, other.End));

    /// <summary>What is left without another; null where that would be two intervals.</summary>
    public Interval? Without(Interval other)
    {
        if (!Meets(other))
        {
            return this;
        }

        var (before, after) = (new Interval(Start, other.Start), new Interval(other.End, End));
        return before.IsEmpty ? after.IsEmpty ? default(Interval) : after : after.IsEmpty ? before : null;
    }
}

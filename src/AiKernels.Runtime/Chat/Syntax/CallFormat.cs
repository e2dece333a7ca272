namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>How a family writes its tool calls.</summary>
/// <param name="Call">One call.</param>
internal sealed record CallFormat(IReadOnlyList<CallPiece> Call)
{
    /// <summary>What stands before the first call; empty where calls stand for themselves.</summary>
    public IReadOnlyList<CallPiece> Begin { get; init; } = [];

    /// <summary>What stands between calls, white space aside; null for nothing.</summary>
    public string? Separator { get; init; }

    /// <summary>What stands behind the last call; null for nothing.</summary>
    public string? End { get; init; }

    /// <summary>How many of a call's first pieces models are known to forget.</summary>
    public int Forgettable { get; init; }

    /// <summary>Whether calls are the whole answer, without a marker: then only the names of tools tell them from other JSON.</summary>
    public bool IsBare { get; init; }

    /// <summary>A marker before a call that is not there if the call is bare; null for none.</summary>
    public string? BareMarker { get; init; }

    /// <summary>Whether an answer has one call at most.</summary>
    public bool IsSingle { get; init; }

    /// <summary>How many of a call's pieces there must be when an answer ends, so that it counts: all but closing markers.</summary>
    public int Needed { get; } = 1 + LastWithContent(Call) + (Call[LastWithContent(Call)] is CallPiece.Parameters ? 1 : 0);

    /// <summary>The format with pieces before each call.</summary>
    public CallFormat Behind(params IEnumerable<CallPiece> pieces) => new([.. pieces, .. Call]) { IsBare = IsBare };

    /// <summary>The format without a call's first pieces.</summary>
    public CallFormat Without(int pieces) => new([.. Call.Skip(pieces)]) { IsBare = IsBare };

    private static int LastWithContent(IReadOnlyList<CallPiece> call)
    {
        var last = call.Count - 1;
        while (call[last] is CallPiece.Literal or CallPiece.Space)
        {
            last--;
        }

        return last;
    }
}

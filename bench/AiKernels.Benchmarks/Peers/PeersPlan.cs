using AiKernels.Formats;

namespace AiKernels.Benchmarks.Peers;

/// <summary>What is compared, and how much of it.</summary>
internal sealed record PeersPlan
{
    public required string Shape { get; init; }

    /// <summary>How weights are stored, each a run of its own.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    public required IReadOnlyList<Pairing> Pairings { get; init; }

    public required int Prompt { get; init; }

    public required int Generate { get; init; }

    public required int Depth { get; init; }

    public required int Sequences { get; init; }

    public required int Rounds { get; init; }

    public required int Threads { get; init; }

    /// <summary>How ours stores keys and values; the peer has its own default, F16.</summary>
    public required GgmlType KeyValueType { get; init; }

    /// <summary>The folder of the reports.</summary>
    public required string Output { get; init; }
}

using AiKernels.Formats;

namespace AiKernels.Benchmarks.Serving;

/// <summary>What is measured of an engine, and how much of it.</summary>
internal sealed record ServingPlan
{
    public required string Shape { get; init; }

    public required string Type { get; init; }

    /// <summary>Requests that are answered together.</summary>
    public required int Sequences { get; init; }

    /// <summary>Tokens of each answer.</summary>
    public required int Generate { get; init; }

    /// <summary>Answers under way while a prompt comes.</summary>
    public required int Beside { get; init; }

    /// <summary>That prompt's tokens.</summary>
    public required int Prompt { get; init; }

    /// <summary>Tokens of the beginning that two requests share.</summary>
    public required int Shared { get; init; }

    public required int Rounds { get; init; }

    public required int Threads { get; init; }

    public required GgmlType KeyValueType { get; init; }

    /// <summary>Whether llama.cpp takes turns with ours.</summary>
    public required bool WithPeer { get; init; }
}

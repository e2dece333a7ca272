using AiKernels.Formats;

namespace AiKernels.Gpu.Benchmarks;

/// <summary>Parts of a run, in their order.</summary>
internal enum Part
{
    /// <summary>The GPU test suite, where it lies beside this program.</summary>
    Tests,

    /// <summary>What the device's memory gives.</summary>
    Bandwidth,

    /// <summary>A matrix product at a time.</summary>
    Kernels,

    /// <summary>A prompt's products by the peer; a part of every run that measures prompts.</summary>
    Cublas,

    /// <summary>Tokens one by one.</summary>
    Decode,

    /// <summary>A prompt.</summary>
    Prefill,
}

/// <summary>What a run does.</summary>
internal sealed record Plan
{
    /// <summary>What the goals are set for.</summary>
    public const string DefaultShape = "qwen2.5-7b";

    /// <summary>The most tokens that a GPU takes at a time.</summary>
    public const int MostTokens = 65_535;

    public required string Device { get; init; }

    public required IReadOnlyCollection<Part> Parts { get; init; }

    /// <summary>Whether it is a failure if there are no tests to run.</summary>
    public bool MustTest { get; init; }

    public required string Shape { get; init; }

    /// <summary>How the models are stored: recipes.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>How single products' weights are stored.</summary>
    public required IReadOnlyList<GgmlType> Formats { get; init; }

    /// <summary>Numbers of tokens of single products.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    public required int Prompt { get; init; }

    /// <summary>Tokens that stand before in the deep decode.</summary>
    public required int Depth { get; init; }

    public required int Generate { get; init; }

    public required int Rounds { get; init; }

    public required GgmlType KeyValueType { get; init; }

    /// <summary>The file of cuBLAS; null to look for it.</summary>
    public required string? Cublas { get; init; }

    /// <summary>Seconds after which a part is ended.</summary>
    public required int Limit { get; init; }

    /// <summary>The folder of the full figures.</summary>
    public required string Output { get; init; }
}

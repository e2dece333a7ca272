using AiKernels.Numerics;

namespace AiKernels.Runtime.Models;

/// <summary>
/// A decoder-only transformer as data: everything <see cref="Decoder"/> needs to know of an architecture. Immutable.
/// </summary>
public sealed record DecoderSpec
{
    /// <summary>The architecture's name, for people only: nothing is decided by it.</summary>
    public required string Architecture { get; init; }

    /// <summary>Layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Channels of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Channels between the two halves of the feed-forward block.</summary>
    public required int FeedForwardWidth { get; init; }

    /// <summary>H, the query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>G, the key/value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>D, the channels of a head.</summary>
    public required int HeadLength { get; init; }

    /// <summary>The tokens.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Positions that the model was trained on.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Added to the mean square in every norm.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>The rotary position embedding.</summary>
    public required RotarySpec Rotary { get; init; }

    /// <summary>Whether query, key and value projections have biases.</summary>
    public bool HasAttentionBias { get; init; }

    /// <summary>Whether every head's queries and keys are normed before they are turned.</summary>
    public bool HasQueryKeyNorm { get; init; }

    /// <summary>Factor of the attention scores: 1 / sqrt(D).</summary>
    public float AttentionScale => 1 / MathF.Sqrt(HeadLength);
}

/// <summary>A rotary position embedding: position p turns pair i by p * base^(-2i/R), rescaled.</summary>
public sealed record RotarySpec
{
    /// <summary>R, the channels of a head that are turned; even.</summary>
    public required int Length { get; init; }

    /// <summary>The base of the wavelengths.</summary>
    public required double Base { get; init; }

    /// <summary>
    /// The largest frequency, in radians per position: angles are computed up to 2^26, so that this leaves
    /// <see cref="MaximumPositions"/>. Models have at most 1; beyond pi, neighbouring positions can't be told apart.
    /// </summary>
    internal const double MaximumFrequency = 4;

    /// <summary>The most positions of a sequence whose angles can be computed.</summary>
    internal const int MaximumPositions = 1 << 24;

    /// <summary>Which channels form a pair.</summary>
    public required RopePairing Pairing { get; init; }

    /// <summary>Positions are divided by this: linear scaling (arXiv:2306.15595).</summary>
    public double LinearFactor { get; init; } = 1;

    /// <summary>Llama 3's scaling by wavelength, or null.</summary>
    public Llama3Scaling? Llama3 { get; init; }

    /// <summary>Whether a number can be a pair's radians per position.</summary>
    internal static bool IsFrequency(double value) => value is > 0 and <= MaximumFrequency;

    /// <summary>Radians per position of each pair, before any factors that a file brings for each pair.</summary>
    public double[] Frequencies()
    {
        var frequencies = new double[Length / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var frequency = Elementary.Pow(Base, -2.0 * i / Length) / LinearFactor;
            frequencies[i] = Llama3?.Scale(frequency) ?? frequency;
        }

        return frequencies;
    }
}

/// <summary>
/// Llama 3's rescaling: wavelengths beyond OriginalContext / LowFrequencyFactor are stretched by Factor, those below
/// OriginalContext / HighFrequencyFactor kept, those between interpolated. Source: Meta's llama-models, <c>apply_scaling</c>.
/// </summary>
public sealed record Llama3Scaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContext)
{
    /// <summary>A frequency in radians per position, rescaled.</summary>
    public double Scale(double frequency)
    {
        // How often the original context holds the wavelength.
        var periods = OriginalContext * frequency / (2 * Math.PI);
        var kept = Math.Clamp((periods - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return (kept * frequency) + ((1 - kept) * frequency / Factor);
    }
}

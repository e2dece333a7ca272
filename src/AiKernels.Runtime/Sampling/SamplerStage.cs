namespace AiKernels.Runtime.Sampling;

/// <summary>A step of choosing a token: changes logits, or leaves tokens out. Each does nothing unless its options say so.</summary>
public enum SamplerStage
{
    /// <summary>Adds <see cref="SamplingOptions.LogitBias"/>, and takes the penalties for repetition, frequency and presence off.</summary>
    Penalties,

    /// <summary>Takes the penalty for going on with what was said before off, see <see cref="SamplingOptions.DryMultiplier"/>.</summary>
    Dry,

    /// <summary>See <see cref="SamplingOptions.TopNSigma"/>.</summary>
    TopNSigma,

    /// <summary>See <see cref="SamplingOptions.TopK"/>.</summary>
    TopK,

    /// <summary>See <see cref="SamplingOptions.TypicalP"/>.</summary>
    TypicalP,

    /// <summary>See <see cref="SamplingOptions.TopP"/>.</summary>
    TopP,

    /// <summary>See <see cref="SamplingOptions.MinP"/>.</summary>
    MinP,

    /// <summary>See <see cref="SamplingOptions.XtcProbability"/>.</summary>
    Xtc,

    /// <summary>Divides logits by <see cref="SamplingOptions.Temperature"/>, or by one that follows the entropy.</summary>
    Temperature,
}

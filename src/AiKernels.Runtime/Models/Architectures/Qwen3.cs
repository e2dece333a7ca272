namespace AiKernels.Runtime.Models.Architectures;

/// <summary>Qwen 3: no biases, but a norm of every query and key head. Source: arXiv:2505.09388.</summary>
internal static class Qwen3
{
    public static DecoderSpec Read(ArchitectureMetadata metadata) => metadata.Read(RopePairing.Halves) with
    {
        HasQueryKeyNorm = true,
    };
}

namespace AiKernels.Runtime.Models.Architectures;

/// <summary>Qwen 2 and 2.5 (and DeepSeek-R1's Qwen distillations): biased attention projections. Source: arXiv:2407.10671.</summary>
internal static class Qwen2
{
    public static DecoderSpec Read(ArchitectureMetadata metadata) => metadata.Read(RopePairing.Halves) with
    {
        HasAttentionBias = true,
    };
}

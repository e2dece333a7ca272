namespace AiKernels.Runtime.Models.Architectures;

/// <summary>Llama 1 to 3 and what is built like them (Mistral, DeepSeek-R1's Llama distillations). Source: arXiv:2302.13971.</summary>
internal static class Llama
{
    // GGUF files hold Llama's queries and keys permuted, so that pairs are adjacent.
    public static DecoderSpec Read(ArchitectureMetadata metadata) => metadata.Read(RopePairing.Adjacent) with
    {
        HasAttentionBias = metadata.HasTensor("blk.0.attn_q.bias"),
    };
}

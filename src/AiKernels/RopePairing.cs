namespace AiKernels;

/// <summary>Which two channels of a head a rotary embedding turns together; R channels of it are turned.</summary>
public enum RopePairing
{
    /// <summary>Channels 2i and 2i + 1, as in the RoPE paper (arXiv:2104.09864) and Llama's GGUF files.</summary>
    Adjacent,

    /// <summary>Channels i and i + R/2, as in GPT-NeoX and Qwen.</summary>
    Halves,
}

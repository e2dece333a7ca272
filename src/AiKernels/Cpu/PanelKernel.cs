namespace AiKernels.Cpu;

/// <summary>A format on an instruction set: what a weight needs done to its panels. Chosen once, at upload.</summary>
internal abstract unsafe class PanelKernel
{
    /// <summary>
    /// Tokens that one call of <see cref="Multiply"/> takes at most: with them a segment of 256 takes 4 KB of codes,
    /// 16 KB of activations and 4 KB of sums, half of the smallest first-level cache.
    /// </summary>
    public const int MaxTokens = 64;

    /// <summary>Inputs that share an activation scale; 0 where the kernel reads the floats themselves.</summary>
    public abstract int ActivationBlock { get; }

    public abstract long PanelBytes(int columns);

    /// <summary>Packs up to 16 stored rows into a panel; rows that are missing become zeros.</summary>
    public abstract void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel);

    public abstract void UnpackRow(byte* panel, int row, int columns, float* destination);

    /// <summary>x [tokens,K] from <paramref name="token"/> on, a panel [16,K] -> y [tokens,16].</summary>
    public abstract void Multiply(byte* panel, in Activations x, int token, int tokens, float* y);
}

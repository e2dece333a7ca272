using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>A format on an instruction set: what a weight needs done to its panels. Chosen once, at upload.</summary>
internal abstract unsafe class PanelKernel
{
    /// <summary>
    /// Tokens that one call of <see cref="Multiply"/> takes at most: what is done once for a piece of a weight is nothing
    /// beside them, and their sums stay in the second-level cache.
    /// </summary>
    public const int MaxTokens = 256;

    /// <summary>The most panels of a call with one token.</summary>
    public const int MaxPanels = 16;

    // The most with several.
    private const int MaxTilePanels = 2;

    /// <summary>Floats that y takes in calls with so many tokens in all.</summary>
    public static int MaxSums(int tokens) =>
        PanelLayout.Rows * Math.Max(MaxPanels, MaxTilePanels * Math.Min(tokens, MaxTokens));

    /// <summary>How the input is quantized; null where the kernel reads the floats themselves.</summary>
    public abstract ActivationLayout? InputLayout { get; }

    public abstract long PanelBytes(int columns);

    /// <summary>Packs up to 16 stored rows into a panel whose memory is zero.</summary>
    public abstract void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel);

    public abstract void UnpackRow(byte* panel, int row, int columns, float* destination);

    /// <summary>Panels that a call multiplies best: up to <see cref="MaxPanels"/> with one token, up to 2 with several.</summary>
    public abstract int PanelsAtOnce(int tokens);

    /// <summary>
    /// x [tokens,K] from <paramref name="token"/> on, consecutive panels [16,K], at most <see cref="PanelsAtOnce"/>
    /// -> y [tokens][16 PanelsAtOnce].
    /// </summary>
    public abstract void Multiply(byte* panels, int count, in Activations x, int token, int tokens, float* y);
}

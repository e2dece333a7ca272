using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>A format on an instruction set: what a weight needs done to its panels. Chosen once, at upload.</summary>
internal abstract unsafe class PanelKernel
{
    /// <summary>
    /// Tokens that a product passes at a time: what is done once for a piece of a weight is nothing beside them, and their
    /// sums with <see cref="MaxPanels"/> panels take 256 KB, with those of a gate twice that.
    /// </summary>
    public const int MaxTokens = 256;

    /// <summary>The most panels of a call.</summary>
    public const int MaxPanels = 16;

    /// <summary>How the input is quantized; null where the kernel reads the floats themselves.</summary>
    public abstract ActivationLayout? InputLayout { get; }

    public abstract long PanelBytes(int columns);

    /// <summary>Packs up to 16 stored rows into a panel; rows that are missing become zeros.</summary>
    public abstract void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel);

    public abstract void UnpackRow(byte* panel, int row, int columns, float* destination);

    /// <summary>Rows that stand side by side in the result: those of one panel or of two.</summary>
    public abstract int RowsAtOnce(int tokens);

    /// <summary>
    /// x [tokens,K] from <paramref name="token"/> on, consecutive panels [16,K], up to <see cref="MaxPanels"/> of them
    /// -> y [rows / <see cref="RowsAtOnce"/>][tokens][<see cref="RowsAtOnce"/>].
    /// </summary>
    public abstract void Multiply(byte* panels, int count, in Activations x, int token, int tokens, float* y);

    /// <summary>See <see cref="SiluGate{TSimd, TRegister}.Apply"/>.</summary>
    public abstract void Gate(float* gates, int gateStride, float* products, int productStride, int tokens);
}

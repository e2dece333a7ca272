namespace AiKernels.Formats;

/// <summary>
/// How weights w [N,K] lie in memory once packed: panels of 16 rows, each a run of segments along K.
/// </summary>
/// <remarks>
/// Sixteen rows interleaved, four inputs deep, are at once the operand of <c>vpdpbusd</c>, the B tile of AMX int8, two
/// registers of AVX2 and four of NEON. The last panel is padded with rows of zeros.
/// </remarks>
public static class PanelLayout
{
    /// <summary>
    /// The name under which packed bytes are kept in files. Its number is raised whenever a packed byte of any format
    /// changes its meaning or place; a test holds the bytes of this one.
    /// </summary>
    public const string Name = "panels-16x4-1";

    /// <summary>Rows of a panel: the outputs that one register group owns.</summary>
    public const int Rows = 16;

    /// <summary>Inputs that lie side by side for one row: the depth of an integer dot product instruction.</summary>
    public const int Depth = 4;

    /// <summary>Inputs that are unpacked together, whatever the format: 8 steps of <see cref="Depth"/>.</summary>
    public const int Chunk = 32;

    /// <summary>Bytes of one step at 8 bits a code: <see cref="Rows"/> x <see cref="Depth"/>.</summary>
    public const int StepBytes = Rows * Depth;

    /// <summary>Panels that hold so many rows.</summary>
    public static int Panels(int rows) => (rows + Rows - 1) / Rows;
}

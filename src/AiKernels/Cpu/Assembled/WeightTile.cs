using AiKernels.Formats;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// The rows of two registers over the 256 inputs of a record, unpacked for many tokens to run past: every operand as the
/// instructions take it.
/// </summary>
/// <remarks>
/// <code>
/// codes          [64 steps][rows][4 inputs] unsigned bytes
/// factors        [groups][rows] int32                (only with group factors)
/// minima         [groups / 2][rows] pairs of int16   (only with minima)
/// scales         [segments][rows] float
/// minimum scales [segments][rows] float              (only with minima)
/// </code>
/// AMX multiplies signed bytes and can't apply a factor between two steps. So for it the codes are Quant itself or, with
/// group factors, GroupScale * Quant in two bytes (<see cref="AmxCodes"/>): the low ones as codes, and the high ones, laid
/// out alike, in place of factors.
/// </remarks>
/// <param name="Shape">The format.</param>
/// <param name="Lanes">32-bit lanes of a register.</param>
/// <param name="ForAmx">Whether the codes are those that AMX takes.</param>
internal sealed record WeightTile(BlockShape Shape, int Lanes, bool ForAmx = false)
{
    /// <summary>Registers of rows: with two, each activation read serves two products.</summary>
    public const int Vectors = 2;

    public int Rows => Vectors * Lanes;

    /// <summary>Bytes from a step's codes to the next one's, or from one row of 32-bit operands to the next.</summary>
    public int StepBytes => Rows * PanelLayout.Depth;

    public int FactorsAt => CodeBytes;

    public int HighAt => CodeBytes;

    public int MinimaAt => CodeBytes + (!Shape.IsGrouped ? 0 : ForAmx ? CodeBytes : Shape.Input.Groups * StepBytes);

    public int ScalesAt => MinimaAt + (Shape.HasMinimum ? Shape.Input.Groups / 2 * StepBytes : 0);

    public int MinimumScalesAt => ScalesAt + (Shape.SegmentsPerRecord * StepBytes);

    public int Bytes => MinimumScalesAt + (Shape.HasMinimum ? Shape.SegmentsPerRecord * StepBytes : 0);

    private int CodeBytes => ActivationLayout.RecordLength / PanelLayout.Depth * StepBytes;
}

using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// The input of a product as kernels read it: the floats themselves, and, for quantized weights, x quantized in blocks
/// of one length.
/// </summary>
/// <remarks>
/// codes [T,K] int8; scales [T, K / block] float; sums [T, K / 16] int16, the sums of each 16 codes, from which group
/// sums A_g are made. Two neighbouring sums are read as one 32-bit pair.
/// </remarks>
internal readonly unsafe struct Activations(Matrix x, int blockLength, sbyte* codes, float* scales, short* sums)
{
    /// <summary>Inputs whose codes are summed.</summary>
    public const int SumLength = 16;

    public readonly Matrix Floats = x;
    public readonly sbyte* Codes = codes;
    public readonly float* Scales = scales;
    public readonly short* Sums = sums;

    public int Columns => Floats.Columns;
    public int BlockLength => blockLength;
    public int ScaleStride => Columns / blockLength;
    public int SumStride => Columns / SumLength;

    /// <summary>Bytes of memory for <paramref name="rows"/> rows, each part aligned to a cache line.</summary>
    public static long Bytes(int rows, int columns, int blockLength) =>
        Align((long)rows * columns)
        + Align((long)rows * (columns / blockLength) * sizeof(float))
        + Align((long)rows * (columns / SumLength) * sizeof(short));

    /// <summary>Lays the parts out in <paramref name="memory"/>.</summary>
    public static Activations Place(Matrix x, int blockLength, byte* memory)
    {
        var scales = memory + Align((long)x.Rows * x.Columns);
        var sums = scales + Align((long)x.Rows * (x.Columns / blockLength) * sizeof(float));
        return new Activations(x, blockLength, (sbyte*)memory, (float*)scales, (short*)sums);
    }

    private static long Align(long bytes) => (bytes + PanelLayout.StepBytes - 1) / PanelLayout.StepBytes * PanelLayout.StepBytes;
}

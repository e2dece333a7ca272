using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>Inputs x [T,K] quantized to 8 bits on a device: codes, a scale a block, and sums of 16 codes each.</summary>
/// <param name="codes">[T][K / 4] words of four codes.</param>
/// <param name="scales">t [T][K / block].</param>
/// <param name="sums">[T][K / 16].</param>
/// <param name="columns">K.</param>
/// <param name="blockLength">Codes that share a scale: 32 or a multiple.</param>
internal readonly struct QuantizedRows(ArrayView<int> codes, ArrayView<float> scales, ArrayView<int> sums, int columns, int blockLength)
{
    /// <summary>Codes that are summed: no format's groups are smaller.</summary>
    public const int SumLength = 16;

    public readonly int Columns = columns;
    public readonly int BlockLength = blockLength;

    private readonly int _blocks = columns / blockLength; // Here, since a device takes long over a division.
    private readonly ArrayView<int> _codes = codes;
    private readonly ArrayView<float> _scales = scales;
    private readonly ArrayView<int> _sums = sums;

    /// <summary>Four neighbouring codes.</summary>
    public ref int Codes(int row, int word) => ref _codes[((long)row * (Columns / 4)) + word];

    /// <summary>Eight neighbouring codes from an even word on.</summary>
    public Int2 TwoCodes(int row, int word) => _codes.Cast<Int2>()[(((long)row * (Columns / 4)) + word) / 2];

    public ref float Scale(int row, int block) => ref _scales[((long)row * _blocks) + block];

    public ref int Sum(int row, int sixteen) => ref _sums[((long)row * (Columns / SumLength)) + sixteen];
}

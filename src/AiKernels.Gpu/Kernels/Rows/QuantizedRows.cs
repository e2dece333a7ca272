using System.Numerics;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Products;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Rows;

/// <summary>
/// Inputs x [T,K] quantized to 8 bits on a device: codes, a scale a block, and sums of 16 codes each. Rows follow each other,
/// or <see cref="TileTokens"/> of them lie side by side, so that what a warp of <see cref="TileProductKernel"/> takes next is
/// always the next bytes of memory.
/// </summary>
/// <remarks>
/// A sum is two digits, low + 128 high, a byte each, since tensor cores multiply bytes.
/// <code>
///          rows                                tiles
/// codes    [T][K / 4 fours]                    [T / 64][K / 32][32 pairs][4][2 tokens][2]   fours i and i + 4 of eight
/// scales   [T][K / block]                      [T / 64][K / block][64]
/// sums     [T][K / 64][2 digits][4 sums]       [T / 64][K / 64][64][2 digits][4 sums]
/// </code>
/// </remarks>
/// <param name="codes">Words of four codes.</param>
/// <param name="scales">t.</param>
/// <param name="sums">Words of four sums' digits; of the last 64 inputs perhaps half.</param>
/// <param name="columns">K.</param>
/// <param name="blockLength">Codes that share a scale: a power of two, 32 or more.</param>
/// <param name="inTiles">1 if tokens lie side by side.</param>
internal readonly struct QuantizedRows(ArrayView<int> codes, ArrayView<float> scales, ArrayView<int> sums, int columns, int blockLength, int inTiles)
{
    /// <summary>Codes that are summed: no format's groups are smaller.</summary>
    public const int SumLength = 16;

    /// <summary>Tokens of a tile.</summary>
    public const int TileTokens = 1 << TileBits;

    /// <summary>Words of a tile's 32 inputs.</summary>
    public const int TileChunkWords = TileTokens * ChunkFours;

    /// <summary>Words of a tile's sums of 64 inputs.</summary>
    public const int TileSumWords = TileTokens * Digits;

    /// <summary>A sum is its low digit and so many times its high one.</summary>
    public const int HighDigit = 1 << DigitBits;

    private const int TileBits = 6, ChunkFours = 8, Digits = 2, SumsTogether = 4, DigitBits = 7;

    public readonly int Columns = columns;
    public readonly int BlockLength = blockLength;

    /// <summary>The block length is 1 shifted so far; a device takes long over a division.</summary>
    public readonly int BlockBits = BitOperations.Log2((uint)blockLength);

    /// <summary>Scales of a row.</summary>
    public readonly int Blocks = columns / blockLength;

    private readonly int _inTiles = inTiles;
    private readonly ArrayView<int> _codes = codes;
    private readonly ArrayView<float> _scales = scales;
    private readonly ArrayView<int> _sums = sums;

    private long Chunks => Columns / (4 * ChunkFours);

    private long SumWords => (Columns + (SumLength * SumsTogether) - 1) / (SumLength * SumsTogether);

    /// <summary>Rows of memory that so many tokens take.</summary>
    public static long MemoryRows(int tokens, bool inTiles) => inTiles ? ((long)tokens + TileTokens - 1) >> TileBits << TileBits : tokens;

    /// <summary>Four neighbouring codes.</summary>
    public ref int Codes(int row, int four)
    {
        if (_inTiles == 0)
        {
            return ref _codes[(row * (long)(Columns / 4)) + four];
        }

        var (token, i) = (row & (TileTokens - 1), four & (ChunkFours - 1));
        var chunk = ((row >> TileBits) * Chunks) + (four >> 3);
        return ref _codes[(chunk * TileChunkWords) + ((token >> 1) * 2 * ChunkFours) + ((i & 3) * 4) + ((token & 1) * 2) + (i >> 2)];
    }

    /// <summary>A row's codes, two words at a time; not in tiles.</summary>
    public ArrayView<Int2> RowOfTwos(int row) => _codes.SubView(row * (long)(Columns / 4), Columns / 4).Cast<Int2>();

    public ref float Scale(int row, int block) => ref _scales[Place(row, block, Blocks)];

    /// <summary>A row's scales, their bits; not in tiles.</summary>
    public ArrayView<int> ScalesOfRow(int row) => _scales.SubView(row * (long)Blocks, Blocks).Cast<int>();

    /// <summary>The sum of 16 neighbouring codes.</summary>
    public int Sum(int row, int sixteen)
    {
        var word = Place(row, sixteen >> 2, SumWords) * Digits;
        return DeviceMath.Byte(_sums[word], sixteen & 3) + (DeviceMath.Byte(_sums[word + 1], sixteen & 3) << DigitBits);
    }

    /// <summary>Puts four neighbouring sums.</summary>
    public void PutSums(int row, int four, int a, int b, int c, int d)
    {
        var word = Place(row, four, SumWords) * Digits;
        const int low = HighDigit - 1;
        _sums[word] = DeviceMath.Bytes(a & low, b & low, c & low, d & low);
        _sums[word + 1] = DeviceMath.Bytes(a >> DigitBits, b >> DigitBits, c >> DigitBits, d >> DigitBits);
    }

    /// <summary>A tile's codes.</summary>
    public ArrayView<Int4> CodesOfTile(int tile) => _codes.SubView(tile * Chunks * TileChunkWords, Chunks * TileChunkWords).Cast<Int4>();

    /// <summary>A tile's scales.</summary>
    public ArrayView<Int4> ScalesOfTile(int tile) => _scales.SubView(tile * (long)Blocks * TileTokens, (long)Blocks * TileTokens).Cast<Int4>();

    /// <summary>A tile's sums.</summary>
    public ArrayView<Int4> SumsOfTile(int tile) => _sums.SubView(tile * SumWords * TileSumWords, SumWords * TileSumWords).Cast<Int4>();

    /// <summary>The place of something of a row that comes so many times.</summary>
    private long Place(int row, int i, long count) =>
        _inTiles == 0 ? (row * count) + i : ((((row >> TileBits) * count) + i) << TileBits) + (row & (TileTokens - 1));
}

using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// A tile's 64 tokens as the other operand of a tensor core, see <see cref="QuantizedRows"/>. Eight of them are a column each:
/// tokens 2 c of sixteen, or 2 c + 1, so that 16 bytes of a thread are of two eights. Thread 4 g + t of a warp has column g.
/// </summary>
/// <remarks>Each view begins at the thread's own first words: from one address all others are so many bytes away.</remarks>
internal readonly struct TileInput
{
    private const int ChunkFours = QuantizedRows.TileChunkWords / 4, ScaleFours = QuantizedRows.TileTokens / 4, SumFours = QuantizedRows.TileSumWords / 4;

    private readonly ArrayView<Int4> _codes, _scales, _sums;

    public TileInput(QuantizedRows x, int tile)
    {
        _codes = x.CodesOfTile(tile).SubView(Lane);
        _scales = x.ScalesOfTile(tile).SubView(Lane & 3);
        _sums = x.SumsOfTile(tile);
    }

    private static int Lane => Group.IdxX & (VectorProductKernel.WarpThreads - 1);

    /// <summary>Fours t and t + 4 of a chunk.</summary>
    public TileWords Codes(int chunk) => Read(_codes.SubView(chunk * ChunkFours), ChunkFours / 4);

    /// <summary>Digits of a segment's sums: the t-th four. Only of segments of 256.</summary>
    public TileWords Sums(int s, int length)
    {
        var first = s * (length / (4 * QuantizedRows.SumLength));
        return Read(_sums.SubView(((Lane & 3) * SumFours) + (Lane >> 2)).SubView(first * SumFours), SumFours / 4);
    }

    /// <summary>A segment's scales of tokens 4 t to 4 t + 3 of each sixteen.</summary>
    public TileScales Scales(int s)
    {
        var bits = Read(_scales.SubView(s * ScaleFours), ScaleFours / 4);
        return new() { S0 = Floats(bits.S0), S1 = Floats(bits.S1), S2 = Floats(bits.S2), S3 = Floats(bits.S3) };
    }

    /// <summary>Words of each sixteen tokens.</summary>
    private static TileWords Read(ArrayView<Int4> words, int step) => new()
    {
        S0 = DeviceMemory.Four(ref words[0]),
        S1 = DeviceMemory.Four(ref words[step]),
        S2 = DeviceMemory.Four(ref words[2 * step]),
        S3 = DeviceMemory.Four(ref words[3 * step]),
    };

    private static Float4 Floats(Int4 bits) => new()
    {
        X = Interop.IntAsFloat((uint)bits.X),
        Y = Interop.IntAsFloat((uint)bits.Y),
        Z = Interop.IntAsFloat((uint)bits.Z),
        W = Interop.IntAsFloat((uint)bits.W),
    };
}

/// <summary>A thread's words of each sixteen tokens: two of either eight.</summary>
internal struct TileWords
{
    public Int4 S0, S1, S2, S3;
}

/// <summary>Scales of a thread's tokens of each sixteen, in their order.</summary>
internal struct TileScales
{
    public Float4 S0, S1, S2, S3;
}

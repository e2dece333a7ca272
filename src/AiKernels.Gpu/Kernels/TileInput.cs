using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>
/// A tile's 64 tokens as the other operand of a tensor core, see <see cref="QuantizedRows"/>. Eight of them are a column each:
/// tokens 2 c of sixteen, or 2 c + 1, so that 16 bytes of a thread are of two eights. Thread 4 g + t of a warp has column g.
/// </summary>
internal static class TileInput
{
    private const int Sixteen = 16;

    private static int Lane => Group.IdxX & (VectorProductKernel.WarpThreads - 1);

    /// <summary>Fours t and t + 4 of a chunk.</summary>
    public static TileWords Codes(ArrayView<Int4> codes, int chunk)
    {
        const int words = QuantizedRows.TileChunk / 4;
        return Read(codes.SubView(chunk * words, words), Lane, Sixteen * PanelLayout.Chunk / 16);
    }

    /// <summary>Digits of four sums, the t-th of a segment.</summary>
    public static TileWords Sums(ArrayView<Int4> sums, int segmentLength, int s)
    {
        const int words = QuantizedRows.TileSums / 4;
        var first = (s * (segmentLength / (4 * QuantizedRows.SumLength))) + (Lane & 3);
        return Read(sums.SubView(first * words, words), Lane >> 2, words / 4);
    }

    /// <summary>Scales of tokens 4 t to 4 t + 3 of each sixteen.</summary>
    public static TileScales Scales(ArrayView<Int4> scales, int block)
    {
        const int words = QuantizedRows.TileTokens / 4;
        var bits = Read(scales.SubView(block * words, words), Lane & 3, words / 4);
        return new() { S0 = Floats(bits.S0), S1 = Floats(bits.S1), S2 = Floats(bits.S2), S3 = Floats(bits.S3) };
    }

    private static TileWords Read(ArrayView<Int4> words, int at, int step)
    {
        var own = words.SubView(at, words.IntLength - at); // One address, from which all others are so many bytes away.
        return new()
        {
            S0 = DeviceMemory.Four(ref own[0]),
            S1 = DeviceMemory.Four(ref own[step]),
            S2 = DeviceMemory.Four(ref own[2 * step]),
            S3 = DeviceMemory.Four(ref own[3 * step]),
        };
    }

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

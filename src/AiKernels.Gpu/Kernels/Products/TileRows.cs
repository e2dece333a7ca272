using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// A chunk's codes of a thread's two rows, as they lie in memory: of each plane a word for four t (X, Y) and one for four
/// t + 4 (Z, W), and the bytes of its group's, or both groups', factors.
/// </summary>
internal struct TileRows
{
    public Int4 Wide, Twos, Ones;
    public int FirstFactors, SecondFactors;

    private const int EveryByte = 0x01010101;

    private static int Four => Group.IdxX & 3;

    /// <summary>The quants, a byte each.</summary>
    public readonly Int4 Quants<TBlock>()
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        var (codes, taken) = (Wide, 0);
        if ((TBlock.CodeBits & 4) != 0)
        {
            codes = (Wide >> ((Four & 1) * 4)) & (0x0F * EveryByte);
            taken = 4;
        }

        if ((TBlock.CodeBits & 2) != 0)
        {
            codes |= ((Twos >> (Four * 2)) & (0x03 * EveryByte)) << taken;
            taken += 2;
        }

        if ((TBlock.CodeBits & 1) != 0)
        {
            var bits = Ones >> Four;
            codes |= (new Int4 { X = bits.X, Y = bits.Y, Z = bits.Z >> 4, W = bits.W >> 4 } & EveryByte) << taken;
        }

        return TBlock.CodeOffset == 0 ? codes : Minus(codes, TBlock.CodeOffset);
    }

    /// <summary>Each row's own of two signed bytes.</summary>
    public static Int2 Both(int bytes) => new() { X = DeviceMath.Byte(bytes, 0), Y = DeviceMath.Byte(bytes, 1) };

    private static Int4 Minus(Int4 codes, int offset) => new()
    {
        X = Minus(codes.X, offset),
        Y = Minus(codes.Y, offset),
        Z = Minus(codes.Z, offset),
        W = Minus(codes.W, offset),
    };

    /// <summary>Four at a time: 128 ahead nothing is carried from byte to byte.</summary>
    private static int Minus(int codes, int offset) => (codes + ((128 - offset) * EveryByte)) ^ (EveryByte << 7);
}

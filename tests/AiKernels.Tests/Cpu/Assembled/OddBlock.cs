using System.Runtime.InteropServices;
using AiKernels.Formats;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>The numbers of a quantized format.</summary>
internal interface IBlockNumbers
{
    static abstract int Segment { get; }

    static abstract int Group { get; }

    static abstract int Bits { get; }

    static virtual int FactorBits => 8;

    static abstract bool HasMinimum { get; }
}

internal readonly struct Long : IBlockNumbers
{
    public static int Segment => 128;

    public static int Group => 16;

    public static int Bits => 3;

    public static bool HasMinimum => false;
}

internal readonly struct Middle : IBlockNumbers
{
    public static int Segment => 128;

    public static int Group => 128;

    public static int Bits => 5;

    public static bool HasMinimum => false;
}

internal readonly struct Short : IBlockNumbers
{
    public static int Segment => 64;

    public static int Group => 32;

    public static int Bits => 6;

    public static bool HasMinimum => false;
}

internal readonly struct Bytes : IBlockNumbers
{
    public static int Segment => 64;

    public static int Group => 64;

    public static int Bits => 8;

    public static bool HasMinimum => false;
}

internal readonly struct Minima : IBlockNumbers
{
    public static int Segment => 256;

    public static int Group => 16;

    public static int Bits => 2;

    public static bool HasMinimum => true;
}

/// <summary>GroupScale * Quant may be 16,384, which is no 128 times a signed byte and seven bits: not for AMX.</summary>
internal readonly struct GroupedBytes : IBlockNumbers
{
    public static int Segment => 256;

    public static int Group => 32;

    public static int Bits => 8;

    public static bool HasMinimum => false;
}

internal readonly struct SmallFactors : IBlockNumbers
{
    public static int Segment => 128;

    public static int Group => 32;

    public static int Bits => 5;

    public static int FactorBits => 4;

    public static bool HasMinimum => false;
}

/// <summary>The parts of the factors times codes up to 63 are no signed bytes.</summary>
internal readonly struct LargeCodes : IBlockNumbers
{
    public static int Segment => 256;

    public static int Group => 16;

    public static int Bits => 6;

    public static int FactorBits => 6;

    public static bool HasMinimum => true;
}

internal static class OddBlock
{
    private const int ScalesAt = 256 + 32, Scales = 16, Bytes = ScalesAt + (Scales * sizeof(ushort));

    /// <summary>Blocks of equal bytes but for their scales, which are 1, so that no sum hides behind NaN.</summary>
    public static void Fill(Span<byte> blocks, byte content)
    {
        blocks.Fill(content);
        for (; blocks.Length > 0; blocks = blocks[Bytes..])
        {
            MemoryMarshal.Cast<byte, ushort>(blocks[ScalesAt..Bytes]).Fill(HalfBits.FromFloat(1));
        }
    }
}

/// <summary>A block of 256 of any such format that assembled kernels take, though no file has it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OddBlock<TNumbers> : IBlockFormat<OddBlock<TNumbers>>
    where TNumbers : IBlockNumbers
{
    private fixed byte _codes[256];
    private fixed byte _factors[32];
    private fixed ushort _scales[16];

    public static GgmlType Type => GgmlType.I8;

    public static int Length => 256;

    public static int SegmentLength => TNumbers.Segment;

    public static int GroupLength => TNumbers.Group;

    public static int CodeBits => TNumbers.Bits;

    public static int FactorBits => TNumbers.FactorBits;

    public static int CodeOffset => TNumbers.Bits == 8 || TNumbers.FactorBits < 8 ? 0 : 1 << (TNumbers.Bits - 1);

    public static bool HasMinimum => TNumbers.HasMinimum;

    public static int Quant(in OddBlock<TNumbers> block, int i) => TNumbers.Bits == 8
        ? (sbyte)block._codes[i]
        : (block._codes[i] & ((1 << TNumbers.Bits) - 1)) - CodeOffset;

    public static int GroupScale(in OddBlock<TNumbers> block, int group) => TNumbers.FactorBits == 8
        ? (sbyte)block._factors[group]
        : block._factors[group] & ((1 << TNumbers.FactorBits) - 1);

    public static int GroupMinimum(in OddBlock<TNumbers> block, int group) => block._factors[16 + group] & 127;

    public static float Scale(in OddBlock<TNumbers> block, int segment) => HalfBits.ToFloat(block._scales[segment]);

    public static float MinimumScale(in OddBlock<TNumbers> block, int segment) => HalfBits.ToFloat(block._scales[8 + segment]);

    public static OddBlock<TNumbers> Quantize(ReadOnlySpan<float> values) => throw new NotSupportedException();
}

using System.Runtime.InteropServices;
using AiKernels.Formats;

namespace AiKernels.Tests.Formats;

/// <summary>How many bits a code of a <see cref="WideBlock{TWidth}"/> has.</summary>
internal interface IWidth
{
    static abstract int Bits { get; }
}

internal readonly struct One : IWidth
{
    public static int Bits => 1;
}

internal readonly struct Two : IWidth
{
    public static int Bits => 2;
}

internal readonly struct Three : IWidth
{
    public static int Bits => 3;
}

internal readonly struct Four : IWidth
{
    public static int Bits => 4;
}

internal readonly struct Five : IWidth
{
    public static int Bits => 5;
}

internal readonly struct Six : IWidth
{
    public static int Bits => 6;
}

internal readonly struct Eight : IWidth
{
    public static int Bits => 8;
}

/// <summary>
/// A format that no file has: codes of any width, a byte each, two segments of 64, groups of 32, minima. It brings no
/// more than a format must.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct WideBlock<TWidth> : IBlockFormat<WideBlock<TWidth>>
    where TWidth : IWidth
{
    private fixed byte _codes[128];
    private fixed byte _factors[8];
    private fixed ushort _scales[4];

    public static GgmlType Type => GgmlType.I8;

    public static int Length => 128;

    public static int SegmentLength => 64;

    public static int GroupLength => 32;

    public static int CodeBits => TWidth.Bits;

    public static int CodeOffset => TWidth.Bits == 8 ? 0 : 1 << (TWidth.Bits - 1);

    public static bool HasMinimum => true;

    public static int Quant(in WideBlock<TWidth> block, int i) => TWidth.Bits == 8
        ? (sbyte)block._codes[i]
        : (block._codes[i] & ((1 << TWidth.Bits) - 1)) - CodeOffset;

    public static int GroupScale(in WideBlock<TWidth> block, int group) => (sbyte)block._factors[group];

    public static int GroupMinimum(in WideBlock<TWidth> block, int group) => block._factors[4 + group] & 127;

    public static float Scale(in WideBlock<TWidth> block, int segment) => HalfBits.ToFloat(block._scales[segment]);

    public static float MinimumScale(in WideBlock<TWidth> block, int segment) => HalfBits.ToFloat(block._scales[2 + segment]);

    public static WideBlock<TWidth> Quantize(ReadOnlySpan<float> values) => throw new NotSupportedException();
}

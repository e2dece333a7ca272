using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// What a warp makes at a time: sums of 256 inputs for 16 rows, which are a segment or eight. All is read before the first use:
/// 2 KB of codes, and it takes 18 KB on their way in a multiprocessor to keep an H100's memory busy.
/// </summary>
/// <typeparam name="TBlock">The format, with segments of 32 or 256.</typeparam>
internal static class VectorUnit<TBlock>
    where TBlock : unmanaged, IBlockFormat<TBlock>
{
    private const int Chunks = 8;

    /// <summary>Segments of a unit.</summary>
    public static int Segments => Chunks * PanelLayout.Chunk / TBlock.SegmentLength;

    /// <summary>Row of the panel whose whole sums a thread gets.</summary>
    private static int Row => (4 * (Group.IdxX & 3)) + Pair;

    private static int Pair => (Group.IdxX >> 2) & 3;

    private static int Half => (Group.IdxX >> 4) & 1;

    /// <summary>Puts the sums of a unit's segments, and the scales that belong to them, in their places.</summary>
    public static void Put(QuantizedRows x, int token, ArrayView<int> panel, int unit, VectorStage<TBlock> stage, int firstSegment)
    {
        var codes = x.RowOfTwos(token);
        if (Segments == 1)
        {
            VectorStep<TBlock> a = VectorStep<TBlock>.Read(codes, panel, unit, Half, 0), b = VectorStep<TBlock>.Read(codes, panel, unit, Half, 2);
            VectorStep<TBlock> c = VectorStep<TBlock>.Read(codes, panel, unit, Half, 4), d = VectorStep<TBlock>.Read(codes, panel, unit, Half, 6);
            var scales = VectorScales.Read<TBlock>(x, token, panel, unit, Row);
            var products = OwnRow(d.AddProducts(c.AddProducts(b.AddProducts(a.AddProducts(default)))));
            products += Warp.ShuffleXor(products, 16);
            var minima = 0;
            if (TBlock.HasMinimum)
            {
                minima = OwnRow(d.AddMinima(c.AddMinima(b.AddMinima(a.AddMinima(default)))));
                minima += Warp.ShuffleXor(minima, 16);
            }

            if (Half == 0)
            {
                stage.Put(unit - firstSegment, Row, products, minima, scales);
            }
        }
        else
        {
            // A half warp has a segment of its own; where there are no more, the last again.
            var (first, last) = ((unit * Segments) + Half, x.Blocks - 1);
            int s0 = IntrinsicMath.Min(first, last), s1 = IntrinsicMath.Min(first + 2, last);
            int s2 = IntrinsicMath.Min(first + 4, last), s3 = IntrinsicMath.Min(first + 6, last);
            VectorStep<TBlock> a = VectorStep<TBlock>.Read(codes, panel, s0, 0, 0), b = VectorStep<TBlock>.Read(codes, panel, s1, 0, 0);
            VectorStep<TBlock> c = VectorStep<TBlock>.Read(codes, panel, s2, 0, 0), d = VectorStep<TBlock>.Read(codes, panel, s3, 0, 0);
            VectorScales t0 = VectorScales.Read<TBlock>(x, token, panel, s0, Row), t1 = VectorScales.Read<TBlock>(x, token, panel, s1, Row);
            VectorScales t2 = VectorScales.Read<TBlock>(x, token, panel, s2, Row), t3 = VectorScales.Read<TBlock>(x, token, panel, s3, Row);
            Put(a, t0, stage, s0 - firstSegment);
            Put(b, t1, stage, s1 - firstSegment);
            Put(c, t2, stage, s2 - firstSegment);
            Put(d, t3, stage, s3 - firstSegment);
        }
    }

    private static void Put(VectorStep<TBlock> step, VectorScales scales, VectorStage<TBlock> stage, int segment)
    {
        var (products, minima) = (OwnRow(step.AddProducts(default)), TBlock.HasMinimum ? OwnRow(step.AddMinima(default)) : 0);
        stage.Put(segment, Row, products, minima, scales);
    }

    /// <summary>Of four rows' sums, each spread over four threads, the whole one of the row that the thread's pair names.</summary>
    private static int OwnRow(Int4 sums)
    {
        // Each step halves the rows that a thread still has and doubles the threads that a sum is of.
        var upper = Pair >= 2;
        var (keptA, keptB) = upper ? (sums.Z, sums.W) : (sums.X, sums.Y);
        var (givenA, givenB) = upper ? (sums.X, sums.Y) : (sums.Z, sums.W);
        keptA += Warp.ShuffleXor(givenA, 8);
        keptB += Warp.ShuffleXor(givenB, 8);
        var odd = (Pair & 1) == 1;
        return (odd ? keptB : keptA) + Warp.ShuffleXor(odd ? keptA : keptB, 4);
    }
}

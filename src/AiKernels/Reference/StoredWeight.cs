using System.Runtime.InteropServices;
using AiKernels.Formats;

namespace AiKernels.Reference;

/// <summary>A weight as the file stores it, and the definition of its product with one row of x.</summary>
internal sealed class StoredWeight(IBackend backend, Format format, int rows, int columns)
    : Weight(format.Type, rows, columns)
{
    public override IBackend Backend => backend;

    public Format Format => format;

    public byte[] Stored { get; private set; } = new byte[format.Type.RowBytes(columns) * rows];

    public override long ByteLength { get; } = format.Type.RowBytes(columns) * rows;

    public ReadOnlySpan<byte> Row(int row) =>
        Stored.AsSpan((int)(row * Type.RowBytes(Columns)), (int)Type.RowBytes(Columns));

    public Memory<byte> RowMemory(int row) =>
        Stored.AsMemory((int)(row * Type.RowBytes(Columns)), (int)Type.RowBytes(Columns));

    /// <summary>Stores a row of numbers as the format's nearest.</summary>
    public void Store(int row, ReadOnlySpan<float> values) =>
        format.Quantize(values, Stored.AsSpan((int)(row * Type.RowBytes(Columns)), (int)Type.RowBytes(Columns)));

    /// <summary>w [N,K], x [K] -> y [N].</summary>
    public float[] Multiply(ReadOnlySpan<float> x) => Multiply(x, 0, Rows);

    /// <summary>Some rows of w, x [K] -> y [count].</summary>
    public float[] Multiply(ReadOnlySpan<float> x, int first, int count) =>
        format.Visit<Product, float[]>(new Product(this, x.ToArray(), first, count));

    protected override void Free() => Stored = [];

    private readonly struct Product(StoredWeight weight, float[] x, int first, int count) : IFormatVisitor<float[]>
    {
        public float[] VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement>
        {
            var y = new float[count];
            for (var n = 0; n < y.Length; n++)
            {
                var w = MemoryMarshal.Cast<byte, TElement>(weight.Row(first + n));
                for (var k = 0; k < x.Length; k++)
                {
                    y[n] = MathF.FusedMultiplyAdd(TElement.Value(w[k]), x[k], y[n]);
                }
            }

            return y;
        }

        public float[] VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var (a, t) = ReferenceArithmetic.QuantizeActivations(x, Math.Max(TBlock.SegmentLength, 32));
            var y = new float[count];
            for (var n = 0; n < y.Length; n++)
            {
                y[n] = Dot<TBlock>(MemoryMarshal.Cast<byte, TBlock>(weight.Row(first + n)), a, t);
            }

            return y;
        }

        private static float Dot<TBlock>(ReadOnlySpan<TBlock> blocks, sbyte[] a, float[] t)
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var y = 0f;
            for (var start = 0; start < a.Length; start += TBlock.SegmentLength)
            {
                var block = blocks[start / TBlock.Length];
                int first = start % TBlock.Length, products = 0, minima = 0;
                for (var i = first; i < first + TBlock.SegmentLength; i++)
                {
                    var activation = a[start + i - first];
                    products += TBlock.GroupScale(block, i / TBlock.GroupLength) * TBlock.Quant(block, i) * activation;
                    minima += TBlock.GroupMinimum(block, i / TBlock.GroupLength) * activation;
                }

                var segment = first / TBlock.SegmentLength;
                var scale = t[start / (a.Length / t.Length)];
                y = MathF.FusedMultiplyAdd(TBlock.Scale(block, segment) * scale, products, y);
                if (TBlock.HasMinimum)
                {
                    y = MathF.FusedMultiplyAdd(-(TBlock.MinimumScale(block, segment) * scale), minima, y);
                }
            }

            return y;
        }
    }
}

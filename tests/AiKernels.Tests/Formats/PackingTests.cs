using System.Runtime.InteropServices;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Formats;

/// <summary>The packer, which moves many codes at once, against the layout's definition, which places each bit.</summary>
public class PackingTests
{
    public static TheoryData<GgmlType> Types => new(SupportedFormats.All.Select(format => format.Type));

    [Theory]
    [MemberData(nameof(Types))]
    public void A_panel_has_every_bit_where_the_layout_puts_it(GgmlType type) =>
        SupportedFormats.Get(type).Visit<Comparison, bool>(default);

    [Fact]
    public void Codes_of_any_width_are_packed_into_their_planes()
    {
        Comparison comparison = default;
        comparison.VisitBlocks<WideBlock<One>>();
        comparison.VisitBlocks<WideBlock<Two>>();
        comparison.VisitBlocks<WideBlock<Three>>();
        comparison.VisitBlocks<WideBlock<Four>>();
        comparison.VisitBlocks<WideBlock<Five>>();
        comparison.VisitBlocks<WideBlock<Six>>();
        comparison.VisitBlocks<WideBlock<Eight>>();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Codes_that_are_cut_out_together_are_the_ones_that_Quant_tells(GgmlType type) =>
        SupportedFormats.Get(type).Visit<Codes, bool>(default);

    /// <summary>As keys are stored: in any order, over whatever stood there.</summary>
    [Fact]
    public void Rows_that_are_put_in_one_by_one_make_the_same_panel_and_come_out_again()
    {
        AssertRows<Q8_0>();
        AssertRows<Q4_0>();
    }

    private static unsafe void AssertRows<TBlock>()
        where TBlock : unmanaged, ICacheBlock<TBlock>
    {
        const int columns = 96, rowBlocks = 3;
        var (random, blocks) = (new Random(2), new TBlock[PanelLayout.Rows * rowBlocks]);
        RandomNumbers.Stored(random, TBlock.Type, PanelLayout.Rows, columns).CopyTo(MemoryMarshal.AsBytes(blocks.AsSpan()));
        var (expected, panel, row) = (new byte[BlockPanel<TBlock>.Bytes(columns)], new byte[BlockPanel<TBlock>.Bytes(columns)], new TBlock[rowBlocks]);
        random.NextBytes(panel);
        fixed (byte* whole = expected, target = panel)
        fixed (TBlock* stored = blocks, got = row)
        {
            BlockPanel<TBlock>.Pack(blocks, PanelLayout.Rows, columns, whole);
            foreach (var i in Enumerable.Range(0, PanelLayout.Rows).OrderBy(_ => random.Next()))
            {
                KeyPanel<TBlock>.Put(stored + (i * rowBlocks), i, columns, target);
            }

            for (var i = 0; i < PanelLayout.Rows; i++)
            {
                KeyPanel<TBlock>.Get(target, i, columns, got);
                Assert.Equal(MemoryMarshal.AsBytes(blocks.AsSpan(i * rowBlocks, rowBlocks)).ToArray(), MemoryMarshal.AsBytes(row.AsSpan()).ToArray());
            }
        }

        Assert.Equal(expected, panel);
    }

    /// <summary>Packs random bytes over random bytes, for a full panel and for one with rows missing.</summary>
    private readonly struct Comparison : IFormatVisitor<bool>
    {
        public unsafe bool VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var columns = 3 * Math.Max(TBlock.Length, 64);
            foreach (var rows in (int[])[16, 5])
            {
                var (blocks, panel) = (RandomRows<TBlock>(rows * columns / TBlock.Length), Garbage(BlockPanel<TBlock>.Bytes(columns)));
                fixed (byte* target = panel)
                {
                    BlockPanel<TBlock>.Pack(blocks, rows, columns, target);
                }

                Assert.Equal(PanelDefinition.Pack<TBlock>(blocks, rows, columns), panel);
            }

            return true;
        }

        public unsafe bool VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement>
        {
            const int columns = 37;
            foreach (var rows in (int[])[16, 5])
            {
                var (elements, panel) = (RandomRows<TElement>(rows * columns), Garbage(FloatPanel<TElement>.Bytes(columns)));
                fixed (byte* target = panel)
                {
                    FloatPanel<TElement>.Pack(elements, rows, columns, target);
                }

                var expected = new TElement[columns * PanelLayout.Rows];
                for (var i = 0; i < elements.Length; i++)
                {
                    expected[(i % columns * PanelLayout.Rows) + (i / columns)] = elements[i];
                }

                Assert.Equal(MemoryMarshal.AsBytes(expected.AsSpan()).ToArray(), panel);
            }

            return true;
        }

        private static T[] RandomRows<T>(int count)
            where T : unmanaged
        {
            var values = new T[count];
            new Random(count).NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }

        private static byte[] Garbage(long length)
        {
            var bytes = new byte[length];
            Array.Fill(bytes, (byte)0xA5);
            return bytes;
        }
    }

    private readonly struct Codes : IFormatVisitor<bool>
    {
        public bool VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var block = new TBlock[1];
            new Random(1).NextBytes(MemoryMarshal.AsBytes(block.AsSpan()));
            for (var i = 0; i < TBlock.Length; i++)
            {
                var code = TBlock.Codes(block[0], i / PanelLayout.Chunk * PanelLayout.Chunk)[i % PanelLayout.Chunk];
                Assert.Equal((byte)(TBlock.Quant(block[0], i) + TBlock.CodeOffset), code);
            }

            return true;
        }

        public bool VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => true;
    }
}

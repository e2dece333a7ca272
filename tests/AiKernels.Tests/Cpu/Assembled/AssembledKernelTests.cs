using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>
/// Whole products on every unit, on the model and natively where it is there, have the bits of the scalar kernel, for all
/// formats and for some that no file has; random bytes are blocks: scales may be infinite or NaN, factors negative.
/// </summary>
public unsafe class AssembledKernelTests
{
    public static TheoryData<string> Units => [.. Enum.GetNames<AssembledUnit>().Where(name => name != nameof(AssembledUnit.None))];

    private static int[] TokenCounts => [.. Enumerable.Range(1, 5), 6, 7, 15, 16, 17, 31, 32, 33, 48, 49, 63, 64, 65, 70];

    [Theory]
    [MemberData(nameof(Units))]
    public void Formats_of_files(string unit)
    {
        foreach (var format in SupportedFormats.All)
        {
            format.Visit<Comparison, bool>(new Comparison(Enum.Parse<AssembledUnit>(unit)));
        }
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void Formats_that_no_file_has(string unit) => CompareOddBlocks(new Comparison(Enum.Parse<AssembledUnit>(unit)));

    // Where sums of int16 wrapped around or were cut off, it would be here.
    [Theory]
    [MemberData(nameof(Units))]
    public void The_largest_codes_and_factors_times_the_largest_activations(string unit)
    {
        foreach (var fill in (byte[])[0xFF, 0x80, 0x7F, 0x00])
        {
            CompareOddBlocks(new Comparison(Enum.Parse<AssembledUnit>(unit), fill, 1));
            CompareOddBlocks(new Comparison(Enum.Parse<AssembledUnit>(unit), fill, -1));
        }
    }

    private static void CompareOddBlocks(Comparison comparison)
    {
        comparison.VisitBlocks<OddBlock<Long>>();
        comparison.VisitBlocks<OddBlock<Middle>>();
        comparison.VisitBlocks<OddBlock<Short>>();
        comparison.VisitBlocks<OddBlock<Bytes>>();
        comparison.VisitBlocks<OddBlock<Minima>>();
        comparison.VisitBlocks<OddBlock<GroupedBytes>>();
        comparison.VisitBlocks<OddBlock<SmallFactors>>();
        comparison.VisitBlocks<OddBlock<LargeCodes>>();
    }

    [Fact]
    public void What_bytes_cannot_hold_is_not_for_amx()
    {
        Assert.False(AmxTileCode.Supports(KernelRoutines.Of<OddBlock<GroupedBytes>>(hasDots: true)));
        Assert.All(SupportedFormats.All, format => Assert.True(format.Visit<IsForAmx, bool>(default)));
    }

    private readonly struct IsForAmx : IFormatVisitor<bool>
    {
        public bool VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock> => AmxTileCode.Supports(KernelRoutines.Of<TBlock>(hasDots: true));

        public bool VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => true;
    }

    /// <summary>Compares products of random blocks and inputs, or of blocks and inputs that are all the same.</summary>
    private readonly struct Comparison(AssembledUnit unit, byte? fill = null, float input = 0) : IFormatVisitor<bool>
    {
        public bool VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => false;

        public bool VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var scalar = new BlockKernel<TBlock, Scalar, int>();
            var shape = KernelRoutines.Of<TBlock>(unit.HasDots());
            Assert.True(shape.IsSupported, $"{typeof(TBlock)}");
            List<AssembledKernel> kernels = [new(shape, unit, scalar, ModelRoutine.Assemble)];
            if (AssembledCode.Has(unit))
            {
                kernels.Add(new AssembledKernel(shape, unit, scalar, NativeRoutine.TryAssemble));
            }

            foreach (var tokens in fill is null ? TokenCounts : [1, 9, 33])
            {
                var random = new Random(tokens);
                // Two panels and a bit, and a last record that is not full where the format allows.
                var blocks = random.Next(1, 3) + (256 / TBlock.Length) - (TBlock.Length < 256 ? 1 : 0);
                Compare<TBlock>(random, scalar, kernels, tokens, panels: random.Next(1, 4), blocks * TBlock.Length);
            }

            return true;
        }

        private void Compare<TBlock>(
            Random random, PanelKernel scalar, List<AssembledKernel> kernels, int tokens, int panels, int columns)
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            using var packed = Pack<TBlock>(random, scalar, panels, columns);
            using var backend = new CpuBackend(1);
            var x = backend.Allocate(tokens, columns);
            var values = RandomNumbers.Normal(random, tokens * columns);
            values[random.Next(values.Length)] = random.Next(4) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => 0 };
            if (fill is not null)
            {
                Array.Fill(values, input);
            }

            backend.Write(x, values);

            var matrix = new Matrix(((CpuTensorStorage)x.Storage).Data, x);
            var expected = Multiply(scalar, packed.Data, panels, matrix);
            foreach (var kernel in kernels)
            {
                Bits.AssertEqual(expected, Multiply(kernel, packed.Data, panels, matrix));
            }
        }

        private NativeBuffer Pack<TBlock>(Random random, PanelKernel kernel, int panels, int columns)
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var packed = new NativeBuffer(kernel.PanelBytes(columns) * panels);
            var stored = new byte[PanelLayout.Rows * columns / TBlock.Length * sizeof(TBlock)];
            for (var panel = 0; panel < panels; panel++)
            {
                random.NextBytes(stored);
                if (fill is byte content)
                {
                    OddBlock.Fill(stored, content);
                }

                kernel.Pack(stored, PanelLayout.Rows, columns, packed.Data + (panel * kernel.PanelBytes(columns)));
            }

            return packed;
        }

        /// <summary>y [tokens][rows], however the kernel lays it out.</summary>
        private static float[] Multiply(PanelKernel kernel, byte* panels, int count, Matrix x)
        {
            var (tokens, layout) = (x.Rows, kernel.InputLayout!.Value);
            using var records = new NativeBuffer(layout.Bytes(tokens, x.Columns));
            var activations = new Activations(x, layout, records.Data);
            for (var token = 0; token < tokens; token++)
            {
                new QuantizeActivations<Scalar, int>(activations).Run(token);
            }

            var (atOnce, rows) = (kernel.RowsAtOnce(tokens), count * PanelLayout.Rows);
            var sums = new float[(rows + atOnce - 1) / atOnce * atOnce * tokens];
            fixed (float* y = sums)
            {
                kernel.Multiply(panels, count, activations, 0, tokens, y);
            }

            var result = new float[tokens * rows];
            for (var i = 0; i < result.Length; i++)
            {
                var (token, row) = (i / rows, i % rows);
                result[i] = sums[(((row / atOnce * tokens) + token) * atOnce) + (row % atOnce)];
            }

            return result;
        }
    }
}

using AiKernels.Cpu.Assembled;
using Iced.Intel;
using Xunit;
using static Iced.Intel.Register;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>The product of tiles against its definition, on the model and on a processor that has them.</summary>
public unsafe class TileInstructionTests
{
    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(1, 8, 16)]
    [InlineData(7, 16, 3)]
    public void A_product_is_the_one_of_the_manual(int rows, int depth, int columns)
    {
        var random = new Random(rows);
        sbyte[] a = Bytes(random, rows * depth * 4), b = Bytes(random, depth * columns * 4);
        var expected = new int[rows * columns];
        for (var i = 0; i < expected.Length; i++)
        {
            expected[i] = 2 * Enumerable.Range(0, depth * 4)
                .Sum(k => a[(i / columns * depth * 4) + k] * b[(k / 4 * columns * 4) + (i % columns * 4) + (k % 4)]);
        }

        var configuration = default(TileConfiguration);
        configuration.Set(1, rows, columns * 4);
        configuration.Set(5, rows, depth * 4);
        configuration.Set(7, depth, columns * 4);
        Assert.Equal(expected, Run(ModelRoutine.Assemble(wide: true, Twice), configuration, a, depth, b, columns, expected.Length));
        if (AssembledCode.Has(AssembledUnit.Amx))
        {
            Assert.Equal(expected, Run(NativeRoutine.TryAssemble(wide: true, Twice)!, configuration, a, depth, b, columns, expected.Length));
        }
    }

    [Fact]
    public void Encodings_are_those_of_the_manual()
    {
        // VEX.128.0F38.W0: 49 configures, releases and zeroes, 4B loads and stores, 5E multiplies; the second operand of
        // a product stands in ModRM, the third in VEX.
        Assert.Equal(
            [
                "C4E2784901", "C4E27B4B2C1A", "C4E27B4B3C3E", "C4E27B49C8", "C4E2435ECD", "C4E2435ECD", "C4C27A4B0C38", "C4E27849C0",
            ],
            Routine.Frame(wide: true, forWindows: false, Twice).Where(i => i.Code.CpuidFeatures().Any(IsAmx)).Select(Encode));
    }

    [Fact]
    public void What_makes_a_processor_fault_is_an_error()
    {
        var configuration = default(TileConfiguration);
        configuration.Set(1, 4, 64);
        configuration.Set(5, 4, 64);
        configuration.Set(7, 8, 64); // Half of what tile 5's columns ask for.
        var operands = Bytes(new Random(1), 1024);
        Assert.Throws<InvalidOperationException>(() =>
            Run(ModelRoutine.Assemble(wide: true, Twice), configuration, operands, 16, operands, 16, 64));
        configuration.Set(2, 0, 64);
        Assert.Throws<InvalidOperationException>(() =>
            Run(ModelRoutine.Assemble(wide: true, Twice), configuration, operands, 16, operands, 16, 64));
        Assert.Throws<InvalidOperationException>(() =>
            Run(ModelRoutine.Assemble(wide: true, a => new TileAssembler(a).Zero(1)), configuration, operands, 16, operands, 16, 64));
    }

    private static bool IsAmx(CpuidFeature feature) => feature is CpuidFeature.AMX_TILE or CpuidFeature.AMX_INT8;

    private static string Encode(Instruction instruction)
    {
        using var bytes = new MemoryStream();
        Encoder.Create(64, new StreamCodeWriter(bytes)).Encode(instruction, 0);
        return Convert.ToHexString(bytes.ToArray());
    }

    /// <summary>a times b, added twice.</summary>
    private static void Twice(VectorAssembler a)
    {
        var tiles = new TileAssembler(a);
        Register[] registers = [RCX, RDX, RBX, RSI, RDI, R8];
        for (var i = 0; i < registers.Length; i++)
        {
            a.LoadPointer(registers[i], new Address(Routine.Arguments, i * sizeof(long)));
        }

        tiles.Configure(new Address(RCX));
        tiles.Load(5, new Address(RDX, 0, RBX));
        tiles.Load(7, new Address(RSI, 0, RDI));
        tiles.Zero(1);
        tiles.Dot(1, 5, 7);
        tiles.Dot(1, 5, 7);
        tiles.Store(new Address(R8, 0, RDI), 1);
        tiles.Release();
    }

    private static int[] Run(
        Routine routine, TileConfiguration configuration, sbyte[] a, int depth, sbyte[] b, int columns, int results)
    {
        var result = new int[results];
        fixed (sbyte* left = a, right = b)
        {
            fixed (int* sums = result)
            {
                var arguments = stackalloc void*[6];
                arguments[0] = &configuration;
                arguments[1] = left;
                arguments[2] = (void*)(depth * 4);
                arguments[3] = right;
                arguments[4] = (void*)(columns * 4);
                arguments[5] = sums;
                routine.Run(arguments);
            }
        }

        return result;
    }

    private static sbyte[] Bytes(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(8) == 0 ? sbyte.MinValue : (sbyte)random.Next(-128, 128))];
}

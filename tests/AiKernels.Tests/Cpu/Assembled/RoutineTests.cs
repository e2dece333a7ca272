using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>
/// Every routine on the model, with both platforms' frames, stays within its memory and leaves the same in it as on the
/// processor, if that has the unit. (What it should leave there is the business of the tests of whole products.)
/// </summary>
public class RoutineTests
{
    private const int Tokens = 2;

    public static TheoryData<bool, int> Shapes
    {
        get
        {
            var data = new TheoryData<bool, int>();
            for (var shape = 0; shape < KernelRoutines.Shapes.Count; shape++)
            {
                data.Add(false, shape);
                data.Add(true, shape);
            }

            return data;
        }
    }

    public static TheoryData<int> ShapesForAmx =>
        [.. Enumerable.Range(0, KernelRoutines.Shapes.Count).Where(shape => KernelRoutines.Shapes[shape].IsForAmx())];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Panels_are_unpacked(bool wide, int shapeNumber)
    {
        var shape = KernelRoutines.Shapes[shapeNumber];
        foreach (var forAmx in (bool[])[false, true])
        {
            var tile = new WeightTile(shape, new VectorAssembler(wide).Lanes, forAmx);
            for (var segments = 1; segments <= shape.SegmentsPerRecord && (!forAmx || (wide && shape.IsForAmx())); segments++)
            {
                RoutineMemory.AssertSame(wide, IsNative(wide, shape), a => UnpackTileCode.Emit(a, tile), memory =>
                {
                    var panels = memory.Add(new Random(segments), 2 * shape.RecordBytes);
                    return [panels, (ulong)shape.RecordBytes, memory.Add(new byte[tile.Bytes]), (ulong)segments];
                });
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Tiles_are_multiplied(bool wide, int shapeNumber)
    {
        var tile = new WeightTile(KernelRoutines.Shapes[shapeNumber], new VectorAssembler(wide).Lanes);
        for (var tokens = 1; tokens <= TileCode.MaxTokens(new VectorAssembler(wide), tile.Shape); tokens++)
        {
            for (var segments = 1; segments <= tile.Shape.SegmentsPerRecord; segments += 3)
            {
                RoutineMemory.AssertSame(wide, IsNative(wide, tile.Shape), a => TileCode.Emit(a, tile, tokens), memory =>
                    Product(memory, tile, 2 * tokens, segments, times: 2));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Panels_are_streamed(bool wide, int shapeNumber)
    {
        const int panels = 3, records = 2;
        var shape = KernelRoutines.Shapes[shapeNumber];
        for (var tokens = 1; tokens <= StreamCode.MaxTokens(new VectorAssembler(wide), shape); tokens++)
        {
            var missing = tokens % shape.SegmentsPerRecord;
            var segments = (records * shape.SegmentsPerRecord) - missing;
            RoutineMemory.AssertSame(wide, IsNative(wide, shape), a => StreamCode.Emit(a, shape, tokens), memory =>
            {
                var random = new Random(missing);
                var outputBytes = tokens * PanelLayout.Rows * sizeof(float);
                return
                [
                    memory.Add(random, panels * segments * shape.SegmentBytes), panels,
                    memory.Add(random, records * tokens * shape.Input.RecordBytes), (ulong)(tokens * shape.Input.RecordBytes),
                    memory.Add(random, panels * outputBytes), (ulong)outputBytes, (ulong)segments,
                ];
            });
        }
    }

    [Theory]
    [MemberData(nameof(ShapesForAmx))]
    public void Tiles_are_multiplied_by_amx(int shapeNumber)
    {
        const bool wide = true;
        var shape = KernelRoutines.Shapes[shapeNumber];
        var tile = new WeightTile(shape, new VectorAssembler(wide).Lanes, ForAmx: true);
        var isNative = AssembledCode.Has(AssembledUnit.Amx);
        for (var segments = 1; segments <= shape.SegmentsPerRecord; segments += 3)
        {
            RoutineMemory.AssertSame(wide, isNative, a => AmxTileCode.Emit(a, tile), memory =>
                AmxProduct(memory, tile, 3 * AmxTileCode.Tokens, segments, times: 3, AmxTileCode.Tokens));
            foreach (var tokens in (int[])[1, 2, 15, 16, 17, 30, 31])
            {
                RoutineMemory.AssertSame(wide, isNative, a => AmxTileCode.EmitRest(a, tile), memory =>
                    AmxProduct(memory, tile, tokens, segments, times: tokens, tokens));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Float_matrices_are_multiplied(bool wide)
    {
        const int depth = 7, times = 2, blocks = 2;
        var columns = blocks * FloatTileCode.Columns(new VectorAssembler(wide));
        for (var variant = 0; variant < 2 * FloatTileCode.MaxRows; variant++)
        {
            var (rows, merges) = ((variant / 2) + 1, variant % 2 == 1);
            RoutineMemory.AssertSame(wide, IsNative(wide), a => FloatTileCode.Emit(a, rows, merges), memory =>
            {
                var random = new Random(rows);
                return
                [
                    memory.Add(random, rows * times * depth * sizeof(float)), depth * sizeof(float), times,
                    memory.Add(random, depth * columns * sizeof(float)), (ulong)columns * sizeof(float), blocks, depth,
                    memory.Add(random, rows * times * columns * sizeof(float)),
                    memory.Add(random, rows * times * sizeof(float)), memory.Add(random, rows * times * sizeof(float)),
                ];
            });
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public unsafe void Softmax_is_computed(bool wide)
    {
        const int rows = 5, positions = rows * KeyValueShape.SegmentLength;
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var scores = new float[positions];
            for (var i = 0; i < positions; i++)
            {
                scores[i] = (random.NextSingle() - 0.5f) * MathF.Pow(10, (seed % 4) + 1);
            }

            scores[random.Next(positions)] = seed % 3 == 1 ? float.NaN : 0;
            scores[random.Next(positions)] = seed % 3 == 2 ? float.NegativeInfinity : -0f;
            RoutineMemory.AssertSame(wide, IsNative(wide), SoftmaxCode.Emit, memory =>
            [
                memory.Add(MemoryMarshal.AsBytes(scores.AsSpan())), rows, memory.Add(BitConverter.GetBytes(0.3f)),
                memory.Add(new byte[rows * sizeof(float)]), memory.Add(new byte[rows * sizeof(float)]),
                memory.Add(new ReadOnlySpan<byte>(ExponentialCode.Constants, ExponentialCode.ConstantBytes)),
            ]);
        }
    }

    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 5)]
    [InlineData(false, 8)]
    [InlineData(true, 8)]
    public void Numbers_of_16_bits_are_widened(bool wide, int exponentBits)
    {
        const int pieces = 5, count = pieces * SegmentKernel.WidenBlock;
        RoutineMemory.AssertSame(wide, IsNative(wide), a => WidenCode.Emit(a, exponentBits), memory =>
        {
            var numbers = memory.Add(new Random(1), count * sizeof(ushort));
            return [numbers, memory.Add(new byte[count * sizeof(float)]), pieces, numbers];
        });
    }

    private static bool IsNative(bool wide, BlockShape? shape = null) => AssembledCode.Has((wide, shape?.Sums) switch
    {
        (false, GroupSum.OfDots) => AssembledUnit.AvxVnni,
        (false, _) => AssembledUnit.Avx2,
        (true, GroupSum.OfDots) => AssembledUnit.Avx512Vnni,
        (true, _) => AssembledUnit.Avx512,
    });

    private static ulong[] Product(RoutineMemory memory, WeightTile tile, int tokens, int segments, int times)
    {
        var random = new Random(tokens + segments);
        var weights = memory.Add(random, tile.Bytes);
        return
        [
            weights, memory.Add(random, tokens * tile.Shape.Input.RecordBytes), memory.Add(random, tokens * tile.StepBytes),
            (ulong)times, (ulong)segments, weights, weights + (ulong)tile.Shape.RecordBytes, 0,
        ];
    }

    private static unsafe ulong[] AmxProduct(RoutineMemory memory, WeightTile tile, int tokens, int segments, int times, int atOnce)
    {
        var random = new Random(tokens);
        var configuration = AmxTileCode.Configuration(tile, atOnce);
        var half = atOnce > TileConfiguration.MaxRows ? TileConfiguration.MaxRows * tile.Shape.Input.RecordBytes : 0;
        ulong[] arguments =
        [
            .. Product(memory, tile, tokens, segments, times),
            memory.Add(new ReadOnlySpan<byte>(&configuration, sizeof(TileConfiguration))), (ulong)half,
            memory.Add(random, AmxTileCode.SumsBytes(tile)), 0, 0,
        ];
        Assert.Equal(AmxTileCode.ArgumentCount, arguments.Length);
        return arguments;
    }
}

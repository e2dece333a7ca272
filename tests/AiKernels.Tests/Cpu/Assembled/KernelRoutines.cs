using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>All routines that there are, as the bodies they are assembled from.</summary>
internal static class KernelRoutines
{
    /// <summary>The shapes of all quantized formats, and of some that no file has.</summary>
    public static IReadOnlyList<BlockShape> Shapes { get; } =
    [
        .. SupportedFormats.All.Select(format => format.Visit<ShapeOf, BlockShape?>(default)).OfType<BlockShape>(),
        .. OddShapes(),
    ];

    /// <summary>Those of a register width.</summary>
    public static IEnumerable<Action<VectorAssembler>> All(bool wide)
    {
        var lanes = new VectorAssembler(wide);
        foreach (var shape in Shapes)
        {
            var tile = new WeightTile(shape, lanes.Lanes);
            yield return a => UnpackTileCode.Emit(a, tile);
            yield return a => TileCode.Emit(a, tile, TileCode.MaxTokens(lanes));
            yield return a => StreamCode.Emit(a, shape, StreamCode.MaxTokens(lanes, shape));
            if (wide && AmxTileCode.Supports(shape))
            {
                var amxTile = tile with { ForAmx = true };
                yield return a => UnpackTileCode.Emit(a, amxTile);
                yield return a => AmxTileCode.Emit(a, amxTile);
                yield return a => AmxTileCode.EmitRest(a, amxTile);
            }
        }

        yield return a => FloatTileCode.Emit(a, FloatTileCode.MaxRows, merges: false);
        yield return a => FloatTileCode.Emit(a, FloatTileCode.MaxRows, merges: true);
        yield return SoftmaxCode.Emit;
        yield return WidenCode.Emit;
    }

    public static BlockShape Of<TBlock>()
        where TBlock : unmanaged, IBlockFormat<TBlock> =>
        BlockShape.Of<TBlock>(new BlockKernel<TBlock, Scalar, int>().InputLayout!.Value);

    private static IEnumerable<BlockShape> OddShapes() =>
    [
        Of<OddBlock<Long>>(), Of<OddBlock<Middle>>(), Of<OddBlock<Short>>(), Of<OddBlock<Bytes>>(), Of<OddBlock<Minima>>(),
        Of<OddBlock<GroupedBytes>>(), Of<OddBlock<SmallFactors>>(), Of<OddBlock<LargeCodes>>(),
    ];

    private readonly struct ShapeOf : IFormatVisitor<BlockShape?>
    {
        public BlockShape? VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock> => Of<TBlock>();

        public BlockShape? VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => null;
    }
}

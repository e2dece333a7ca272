using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>All routines that there are, as the bodies they are assembled from.</summary>
internal static class KernelRoutines
{
    /// <summary>The shapes of all quantized formats, and of some that no file has, for units with dot products and without.</summary>
    public static IReadOnlyList<BlockShape> Shapes { get; } = [.. AllShapes(hasDots: true), .. AllShapes(hasDots: false)];

    /// <summary>Those of a register width.</summary>
    public static IEnumerable<Action<VectorAssembler>> All(bool wide)
    {
        var lanes = new VectorAssembler(wide);
        foreach (var shape in Shapes)
        {
            var tile = new WeightTile(shape, lanes.Lanes);
            yield return a => UnpackTileCode.Emit(a, tile);
            yield return a => TileCode.Emit(a, tile, TileCode.MaxTokens(lanes, shape));
            yield return a => StreamCode.Emit(a, shape, StreamCode.MaxTokens(lanes, shape));
            if (wide && shape.IsForAmx())
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
        yield return a => WidenCode.Emit(a, F16.ExponentBits);
        yield return a => WidenCode.Emit(a, BF16.ExponentBits);
    }

    public static bool IsForAmx(this BlockShape shape) => shape.Sums == GroupSum.OfDots && AmxTileCode.Supports(shape);

    public static BlockShape Of<TBlock>(bool hasDots)
        where TBlock : unmanaged, IBlockFormat<TBlock> =>
        BlockShape.Of<TBlock>(new BlockKernel<TBlock, Scalar, int>().InputLayout!.Value, hasDots);

    private static IEnumerable<BlockShape> AllShapes(bool hasDots) =>
    [
        .. SupportedFormats.All.Select(format => format.Visit<ShapeOf, BlockShape?>(new ShapeOf(hasDots))).OfType<BlockShape>(),
        Of<OddBlock<Long>>(hasDots), Of<OddBlock<Middle>>(hasDots), Of<OddBlock<Short>>(hasDots), Of<OddBlock<Bytes>>(hasDots),
        Of<OddBlock<Minima>>(hasDots), Of<OddBlock<GroupedBytes>>(hasDots), Of<OddBlock<SmallFactors>>(hasDots),
        Of<OddBlock<LargeCodes>>(hasDots),
    ];

    private readonly struct ShapeOf(bool hasDots) : IFormatVisitor<BlockShape?>
    {
        public BlockShape? VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock> => Of<TBlock>(hasDots);

        public BlockShape? VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => null;
    }
}

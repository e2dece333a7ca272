using System.Runtime.InteropServices;
using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>A format's operations on a device, compiled when they are first used.</summary>
internal abstract class FormatKernels
{
    /// <summary>Threads of a group where a thread needs no other.</summary>
    protected const int Threads = 64;

    private const int LongSegment = 256;

    /// <summary>Inputs that share a scale when they are quantized for this format; null where it multiplies floats.</summary>
    public abstract int? InputBlockLength { get; }

    public abstract long PanelBytes(int columns);

    /// <summary>Packs up to 16 stored rows into a panel; rows that are missing become zeros.</summary>
    public abstract void Pack(ReadOnlySpan<byte> stored, int rows, int columns, Span<byte> panel);

    /// <summary>See <see cref="EmbedKernel"/>.</summary>
    public abstract void Embed(ArrayView<int> tokens, ArrayView<int> weight, int columns, DeviceMatrix y);

    /// <summary>x [T,K], w [N,K] -> y [T,N], of x or of what it was quantized to.</summary>
    public abstract void Multiply(DeviceMatrix x, QuantizedRows quantized, int tokens, ArrayView<int> weight, int rows, int columns, Finish finish);

    /// <summary>Whether few tokens' products can be made several at a time.</summary>
    public virtual bool MakesVectorProducts => false;

    /// <summary>Up to three products of few tokens, see <see cref="VectorProductKernel"/>; only where they can be made so.</summary>
    public virtual void Multiply(QuantizedRows x, int tokens, VectorTarget first, VectorTarget second, VectorTarget third) =>
        throw new NotSupportedException();

    /// <summary>The kernels of a format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="accelerator">What they run on.</param>
    /// <param name="cooperation">How threads may work on a product together.</param>
    public static FormatKernels Of(Format format, Accelerator accelerator, Cooperation cooperation) =>
        format.Visit<Visitor, FormatKernels>(new Visitor(accelerator, cooperation));

    /// <summary>Groups of <see cref="Threads"/> for so many threads in a row, and rows.</summary>
    protected static KernelConfig Grid(int threads, int rows) => (new Index2D((threads + Threads - 1) / Threads, rows), new Index2D(Threads, 1));

    /// <summary>The emulator's groups are smaller.</summary>
    private static KernelSpecialization OnDevice(Accelerator accelerator, KernelSpecialization specialization) =>
        accelerator.AcceleratorType == AcceleratorType.CPU ? KernelSpecialization.Empty : specialization;

    private readonly struct Visitor(Accelerator accelerator, Cooperation cooperation) : IFormatVisitor<FormatKernels>
    {
        public FormatKernels VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            // What warps count on in tiles and vectors. Another kind of format would come out wrong, not slowly.
            var isKnown = TBlock.SegmentLength is PanelLayout.Chunk or LongSegment && (!TBlock.HasMinimum || TBlock.SegmentLength == LongSegment);
            return isKnown || cooperation == Cooperation.None
                ? new Blocks<TBlock>(accelerator, cooperation)
                : throw new NotSupportedException($"GPU kernels know no blocks such as {typeof(TBlock).Name}'s");
        }

        public FormatKernels VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => new Floats<TElement>(accelerator, cooperation);
    }

    private sealed class Blocks<TBlock>(Accelerator accelerator, Cooperation cooperation) : FormatKernels
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        private readonly LoadedKernel<Action<KernelConfig, ArrayView<int>, ArrayView<int>, int, DeviceMatrix>> _embed =
            new(() => accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, int, DeviceMatrix>(EmbedKernel.Blocks<TBlock>));

        private readonly LoadedKernel<Action<KernelConfig, QuantizedRows, ArrayView<int>, int, Finish>> _byRows =
            new(() => accelerator.LoadStreamKernel<QuantizedRows, ArrayView<int>, int, Finish>(RowProductKernel.Blocks<TBlock>));

        private readonly LoadedKernel<Action<KernelConfig, QuantizedRows, VectorTarget, VectorTarget, VectorTarget>> _fewTokens =
            new(() => accelerator.LoadStreamKernel<QuantizedRows, VectorTarget, VectorTarget, VectorTarget>(
                VectorProductKernel.Blocks<TBlock>, OnDevice(accelerator, VectorProductKernel.Specialization)));

        private readonly LoadedKernel<Action<KernelConfig, QuantizedRows, int, ArrayView<int>, int, Finish>> _byTiles =
            new(() => accelerator.LoadStreamKernel<QuantizedRows, int, ArrayView<int>, int, Finish>(
                TileProductKernel.Blocks<TBlock>, OnDevice(accelerator, TileProductKernel.Specialization)));

        // The emulator switches between threads.
        private readonly int _vectorWarps = accelerator.AcceleratorType == AcceleratorType.CPU ? 2 : VectorProductKernel.Warps;
        private readonly int _tileWarps = accelerator.AcceleratorType == AcceleratorType.CPU ? 2 : TileProductKernel.Warps;

        public override int? InputBlockLength => Math.Max(TBlock.SegmentLength, PanelLayout.Chunk);

        public override long PanelBytes(int columns) => BlockPanel<TBlock>.Bytes(columns);

        public override unsafe void Pack(ReadOnlySpan<byte> stored, int rows, int columns, Span<byte> panel)
        {
            fixed (byte* target = panel)
            {
                BlockPanel<TBlock>.Pack(MemoryMarshal.Cast<byte, TBlock>(stored), rows, columns, target);
            }
        }

        public override void Embed(ArrayView<int> tokens, ArrayView<int> weight, int columns, DeviceMatrix y) =>
            _embed.Value(Grid(columns, (int)tokens.Length), tokens, weight, columns, y);

        public override void Multiply(
            DeviceMatrix x, QuantizedRows quantized, int tokens, ArrayView<int> weight, int rows, int columns, Finish finish) =>
            Multiply(quantized, tokens, weight, rows, finish);

        public override bool MakesVectorProducts => cooperation != Cooperation.None;

        public override void Multiply(QuantizedRows x, int tokens, VectorTarget first, VectorTarget second, VectorTarget third) =>
            _fewTokens.Value(Warps(first.Panels + second.Panels + third.Panels, tokens, _vectorWarps), x, first, second, third);

        private void Multiply(QuantizedRows x, int tokens, ArrayView<int> weight, int rows, Finish finish)
        {
            if (cooperation != Cooperation.TensorCores)
            {
                _byRows.Value(Grid(rows, tokens), x, weight, rows, finish);
            }
            else
            {
                var panels = PanelLayout.Panels(rows);
                var tiles = (tokens + TileProductKernel.Tokens - 1) / TileProductKernel.Tokens;
                _byTiles.Value(Warps(tiles, (panels + _tileWarps - 1) / _tileWarps, _tileWarps), x, tokens, weight, rows, finish);
            }
        }

        private static KernelConfig Warps(int groups, int rows, int warps) =>
            (new Index2D(groups, rows), new Index2D(warps * VectorProductKernel.WarpThreads, 1));
    }

    private sealed class Floats<TElement>(Accelerator accelerator, Cooperation cooperation) : FormatKernels
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        private readonly LoadedKernel<Action<KernelConfig, ArrayView<int>, ArrayView<int>, int, DeviceMatrix>> _embed =
            new(() => accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, int, DeviceMatrix>(EmbedKernel.Floats<TElement>));

        private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, int, ArrayView<int>, int, Finish>> _byRows =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, int, ArrayView<int>, int, Finish>(RowProductKernel.Floats<TElement>));

        private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, int, int, int, ArrayView<int>, int, Finish>> _fewTokens =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, int, int, int, ArrayView<int>, int, Finish>(
                FloatVectorProductKernel.Floats<TElement>, OnDevice(accelerator, FloatVectorProductKernel.Specialization)));

        private readonly LoadedKernel<Action<KernelConfig, DeviceMatrix, int, int, ArrayView<int>, int, Finish>> _byTiles =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, int, int, ArrayView<int>, int, Finish>(
                FloatTileProductKernel.Floats<TElement>, OnDevice(accelerator, FloatTileProductKernel.Specialization)));

        // The emulator has no more threads.
        private readonly int _tokensTogether = accelerator.AcceleratorType == AcceleratorType.CPU ? 4 : FloatVectorProductKernel.MaxTokens;
        private readonly int _mostLoaders = accelerator.AcceleratorType == AcceleratorType.CPU ? 64 : FloatVectorProductKernel.MaxLoaders;

        public override int? InputBlockLength => null;

        public override long PanelBytes(int columns) => FloatPanel<TElement>.Bytes(columns);

        public override unsafe void Pack(ReadOnlySpan<byte> stored, int rows, int columns, Span<byte> panel)
        {
            fixed (byte* target = panel)
            {
                FloatPanel<TElement>.Pack(MemoryMarshal.Cast<byte, TElement>(stored), rows, columns, target);
            }
        }

        public override void Embed(ArrayView<int> tokens, ArrayView<int> weight, int columns, DeviceMatrix y) =>
            _embed.Value(Grid(columns, (int)tokens.Length), tokens, weight, columns, y);

        public override void Multiply(
            DeviceMatrix x, QuantizedRows quantized, int tokens, ArrayView<int> weight, int rows, int columns, Finish finish)
        {
            var tiles = new Index2D((rows + FloatTileProductKernel.Rows - 1) / FloatTileProductKernel.Rows, (tokens + FloatTileProductKernel.Tokens - 1) / FloatTileProductKernel.Tokens);
            if (cooperation == Cooperation.None)
            {
                _byRows.Value(Grid(rows, tokens), x, columns, weight, rows, finish);
            }
            else if (tokens <= FloatVectorProductKernel.MaxTokens || 2 * tiles.X * tiles.Y < accelerator.NumMultiprocessors)
            {
                // Tiles that leave half the device idle take longer than their tokens eight at a time: an estimate.
                MultiplyFewTokens(x, tokens, weight, rows, columns, finish);
            }
            else
            {
                _byTiles.Value((tiles, new Index2D(FloatTileProductKernel.Threads, 1)), x, tokens, columns, weight, rows, finish);
            }
        }

        private void MultiplyFewTokens(DeviceMatrix x, int tokens, ArrayView<int> weight, int rows, int columns, Finish finish)
        {
            var together = Math.Min(tokens, _tokensTogether);
            var loaders = _mostLoaders;
            while (FloatVectorProductKernel.UsedQuads<TElement>(loaders, together) > FloatVectorProductKernel.SharedQuads)
            {
                loaders -= VectorProductKernel.WarpThreads;
            }

            var (groups, threads) = (new Index2D((tokens + together - 1) / together, PanelLayout.Panels(rows)), FloatVectorProductKernel.Walkers(together) + loaders);
            _fewTokens.Value((groups, new Index2D(threads, 1)), x, tokens, together, columns, weight, rows, finish);
        }
    }
}

using System.Runtime.InteropServices;
using AiKernels.Formats;
using ILGPU;
using ILGPU.Runtime;

namespace AiKernels.Gpu.Kernels;

/// <summary>A format's operations on a device, compiled when they are first used.</summary>
internal abstract class FormatKernels
{
    /// <summary>Threads of a group where a thread needs no other.</summary>
    protected const int Threads = 64;

    /// <summary>Inputs that share a scale when they are quantized for this format; null where it multiplies floats.</summary>
    public abstract int? InputBlockLength { get; }

    public abstract long PanelBytes(int columns);

    /// <summary>Packs up to 16 stored rows into a panel; rows that are missing become zeros.</summary>
    public abstract void Pack(ReadOnlySpan<byte> stored, int rows, int columns, Span<byte> panel);

    /// <summary>See <see cref="EmbedKernel"/>.</summary>
    public abstract void Embed(ArrayView<int> tokens, ArrayView<int> weight, int columns, DeviceMatrix y);

    /// <summary>See <see cref="RowProductKernel"/>: of x, or of what it was quantized to.</summary>
    public abstract void Multiply(DeviceMatrix x, QuantizedRows quantized, int tokens, ArrayView<int> weight, int rows, int columns, Finish finish);

    /// <summary>The kernels of a format.</summary>
    public static FormatKernels Of(Format format, Accelerator accelerator) => format.Visit<Visitor, FormatKernels>(new Visitor(accelerator));

    /// <summary>Groups of <see cref="Threads"/> for so many threads in a row, and rows.</summary>
    protected static KernelConfig Grid(int threads, int rows) => (new Index2D((threads + Threads - 1) / Threads, rows), new Index2D(Threads, 1));

    private readonly struct Visitor(Accelerator accelerator) : IFormatVisitor<FormatKernels>
    {
        public FormatKernels VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock> => new Blocks<TBlock>(accelerator);

        public FormatKernels VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => new Floats<TElement>(accelerator);
    }

    private sealed class Blocks<TBlock>(Accelerator accelerator) : FormatKernels
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        private readonly Lazy<Action<KernelConfig, ArrayView<int>, ArrayView<int>, int, DeviceMatrix>> _embed =
            new(() => accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, int, DeviceMatrix>(EmbedKernel.Blocks<TBlock>));

        private readonly Lazy<Action<KernelConfig, QuantizedRows, ArrayView<int>, int, Finish>> _multiply =
            new(() => accelerator.LoadStreamKernel<QuantizedRows, ArrayView<int>, int, Finish>(RowProductKernel.Blocks<TBlock>));

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
            _multiply.Value(Grid(rows, tokens), quantized, weight, rows, finish);
    }

    private sealed class Floats<TElement>(Accelerator accelerator) : FormatKernels
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        private readonly Lazy<Action<KernelConfig, ArrayView<int>, ArrayView<int>, int, DeviceMatrix>> _embed =
            new(() => accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, int, DeviceMatrix>(EmbedKernel.Floats<TElement>));

        private readonly Lazy<Action<KernelConfig, DeviceMatrix, int, ArrayView<int>, int, Finish>> _multiply =
            new(() => accelerator.LoadStreamKernel<DeviceMatrix, int, ArrayView<int>, int, Finish>(RowProductKernel.Floats<TElement>));

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
            DeviceMatrix x, QuantizedRows quantized, int tokens, ArrayView<int> weight, int rows, int columns, Finish finish) =>
            _multiply.Value(Grid(rows, tokens), x, columns, weight, rows, finish);
    }
}

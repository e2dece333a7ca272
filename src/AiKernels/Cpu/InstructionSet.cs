using System.Runtime.Intrinsics;
using AiKernels.Cache;
using AiKernels.Cpu.Assembled;
using AiKernels.Cpu.Rooflines;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>The kernels closed over one instruction set: from here on, no generic arguments.</summary>
internal abstract class InstructionSet
{
    /// <summary>All that this process can run, the fastest first.</summary>
    public static IReadOnlyList<InstructionSet> Supported { get; } =
        new InstructionSet[]
        {
            new InstructionSet<Avx512, Vector512<byte>>("AMX", AssembledUnit.Amx),
            new InstructionSet<Avx512, Vector512<byte>>("AVX-512 VNNI", AssembledUnit.Avx512Vnni),
            new InstructionSet<Avx512, Vector512<byte>>("AVX-512"),
            new InstructionSet<Avx2, Vector256<byte>>("AVX-VNNI", AssembledUnit.AvxVnni),
            new InstructionSet<Avx2, Vector256<byte>>("AVX2"),
            new InstructionSet<Neon<ArmInstructions>, Vector128<byte>>("NEON"),
            new InstructionSet<Scalar, int>("scalar"),
        }.Where(set => set.IsSupported).ToArray();

    public abstract string Name { get; }

    public abstract bool IsSupported { get; }

    public abstract PanelKernel Kernel(GgmlType type);

    public abstract void RmsNorm(WorkerPool pool, Matrix x, Matrix gain, float epsilon, Matrix y);

    public abstract void Rope(WorkerPool pool, Matrix x, int headLength, RopePairing pairing, Matrix rotation);

    public abstract void GatedSilu(WorkerPool pool, Matrix gate, Matrix up, Matrix y);

    public abstract void QuantizeActivations(WorkerPool pool, Activations activations);

    public abstract void Attention(
        WorkerPool pool, Matrix q, CpuKeyValueCache cache, int layer, Batch batch, QueryTiles tiles, float scale, Matrix y);

    /// <summary>What the set multiplies with, for measuring its peak.</summary>
    public abstract MultiplyLoop MultiplyLoop { get; }

    /// <summary>Reads memory and does nothing with it, for measuring its bandwidth.</summary>
    public abstract void Read(WorkerPool pool, Streams streams, int pieces);
}

/// <inheritdoc/>
internal sealed unsafe class InstructionSet<TSimd, TRegister>(
    string name, AssembledUnit unit = AssembledUnit.None, RoutineFactory? factory = null) : InstructionSet
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private readonly Dictionary<GgmlType, PanelKernel> _kernels = [];
    private readonly RoutineFactory _factory = factory ?? NativeRoutine.Assemble;
    private readonly FloatProduct _product = unit == AssembledUnit.None
        ? new IntrinsicFloatProduct<TSimd, TRegister>()
        : new AssembledFloatProduct(unit.IsWide(), factory ?? NativeRoutine.Assemble);

    public override string Name => name;

    public override bool IsSupported => TSimd.IsSupported && AssembledCode.Has(unit);

    public override PanelKernel Kernel(GgmlType type)
    {
        lock (_kernels)
        {
            return _kernels.TryGetValue(type, out var kernel)
                ? kernel
                : _kernels[type] = SupportedFormats.Get(type).Visit<KernelOf, PanelKernel>(new KernelOf(unit, _factory));
        }
    }

    public override void RmsNorm(WorkerPool pool, Matrix x, Matrix gain, float epsilon, Matrix y) =>
        pool.Run(new RmsNorm<TSimd, TRegister>(x, gain.Data, gain.Columns, epsilon, y), x.Rows);

    public override void Rope(WorkerPool pool, Matrix x, int headLength, RopePairing pairing, Matrix rotation) =>
        pool.Run(new Rope<TSimd, TRegister>(x, headLength, pairing, rotation), x.Rows);

    public override void GatedSilu(WorkerPool pool, Matrix gate, Matrix up, Matrix y) =>
        pool.Run(new GatedSilu<TSimd, TRegister>(gate, up, y), y.Rows);

    public override void QuantizeActivations(WorkerPool pool, Activations activations) =>
        pool.Run(new QuantizeActivations<TSimd, TRegister>(activations), activations.Floats.Rows);

    public override void Attention(
        WorkerPool pool, Matrix q, CpuKeyValueCache cache, int layer, Batch batch, QueryTiles tiles, float scale, Matrix y)
    {
        if (cache.Shape.Type == GgmlType.F32)
        {
            Attend<F32>(pool, q, cache, layer, batch, tiles, scale, y);
        }
        else
        {
            Attend<F16>(pool, q, cache, layer, batch, tiles, scale, y);
        }
    }

    private void Attend<TElement>(
        WorkerPool pool, Matrix q, CpuKeyValueCache cache, int layer, Batch batch, QueryTiles tiles, float scale, Matrix y)
        where TElement : unmanaged, IFloatFormat<TElement>
    {
        var segments = new SegmentAttention<TElement, TSimd, TRegister>(q, cache, layer, batch, _product, scale);
        tiles.Cut(batch, segments.Group);
        var work = new Attention<TElement, TSimd, TRegister>(segments, tiles, y);
        pool.Run(work, work.Items);
    }

    public override MultiplyLoop MultiplyLoop { get; } = unit == AssembledUnit.None
        ? new DotLoop<TSimd, TRegister>(name)
        : new AssembledLoop(name, unit, factory ?? NativeRoutine.Assemble);

    public override void Read(WorkerPool pool, Streams streams, int pieces) =>
        pool.Run(new ReadStreams<TSimd, TRegister>(streams), pieces);

    private readonly struct KernelOf(AssembledUnit unit, RoutineFactory factory) : IFormatVisitor<PanelKernel>
    {
        public PanelKernel VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var intrinsics = new BlockKernel<TBlock, TSimd, TRegister>();
            var shape = BlockShape.Of<TBlock>(intrinsics.InputLayout!.Value);
            return unit == AssembledUnit.None || !shape.IsSupported
                ? intrinsics
                : new AssembledKernel(shape, unit, intrinsics, factory);
        }

        public PanelKernel VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => new FloatKernel<TElement, TSimd, TRegister>();
    }
}

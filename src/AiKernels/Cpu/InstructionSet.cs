using AiKernels.Cache;
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
            new InstructionSet<Avx512, System.Runtime.Intrinsics.Vector512<byte>>("AVX-512"),
            new InstructionSet<Avx2, System.Runtime.Intrinsics.Vector256<byte>>("AVX2"),
            new InstructionSet<Neon<ArmInstructions>, System.Runtime.Intrinsics.Vector128<byte>>("NEON"),
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
        WorkerPool pool, Matrix q, CpuKeyValueCache cache, int layer, Batch batch, float scale, Matrix y);

    /// <summary>What the set multiplies with, for measuring its peak.</summary>
    public abstract MultiplyLoop MultiplyLoop { get; }

    /// <summary>Reads memory and does nothing with it, for measuring its bandwidth.</summary>
    public abstract void Read(WorkerPool pool, Streams streams, int pieces);
}

/// <inheritdoc/>
internal sealed unsafe class InstructionSet<TSimd, TRegister>(string name) : InstructionSet
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private readonly Dictionary<GgmlType, PanelKernel> _kernels = [];

    public override string Name => name;

    public override bool IsSupported => TSimd.IsSupported;

    public override PanelKernel Kernel(GgmlType type)
    {
        lock (_kernels)
        {
            return _kernels.TryGetValue(type, out var kernel)
                ? kernel
                : _kernels[type] = SupportedFormats.Get(type).Visit<KernelOf, PanelKernel>(default);
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
        WorkerPool pool, Matrix q, CpuKeyValueCache cache, int layer, Batch batch, float scale, Matrix y)
    {
        var items = q.Rows * cache.Shape.Heads;
        if (cache.Shape.Type == GgmlType.F32)
        {
            pool.Run(new Attention<F32, TSimd, TRegister>(q, cache, layer, batch, scale, y), items);
        }
        else
        {
            pool.Run(new Attention<F16, TSimd, TRegister>(q, cache, layer, batch, scale, y), items);
        }
    }

    public override MultiplyLoop MultiplyLoop { get; } = new DotLoop<TSimd, TRegister>(name);

    public override void Read(WorkerPool pool, Streams streams, int pieces) =>
        pool.Run(new ReadStreams<TSimd, TRegister>(streams), pieces);

    private readonly struct KernelOf : IFormatVisitor<PanelKernel>
    {
        public PanelKernel VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock> => new BlockKernel<TBlock, TSimd, TRegister>();

        public PanelKernel VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => new FloatKernel<TElement, TSimd, TRegister>();
    }
}

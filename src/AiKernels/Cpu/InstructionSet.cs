using System.Diagnostics;
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
    // The fastest first.
    private static readonly InstructionSet[] All =
    [
        new InstructionSet<Avx512, Vector512<byte>>("AMX", CpuFeatures.Avx512 | CpuFeatures.Avx512Vnni | CpuFeatures.Amx | CpuFeatures.Assembled, AssembledUnit.Amx),
        new InstructionSet<Avx512, Vector512<byte>>("AVX-512 VNNI", CpuFeatures.Avx512 | CpuFeatures.Avx512Vnni | CpuFeatures.Assembled, AssembledUnit.Avx512Vnni),
        new InstructionSet<Avx512, Vector512<byte>>("AVX-512", CpuFeatures.Avx512 | CpuFeatures.Assembled, AssembledUnit.Avx512),
        new InstructionSet<Avx2, Vector256<byte>>("AVX-VNNI", CpuFeatures.Avx2 | CpuFeatures.AvxVnni | CpuFeatures.Assembled, AssembledUnit.AvxVnni),
        new InstructionSet<Avx2, Vector256<byte>>("AVX2", CpuFeatures.Avx2 | CpuFeatures.Assembled, AssembledUnit.Avx2),
        new InstructionSet<Avx512, Vector512<byte>>("AVX-512 intrinsics", CpuFeatures.Avx512),
        new InstructionSet<Avx2, Vector256<byte>>("AVX2 intrinsics", CpuFeatures.Avx2),
        new InstructionSet<Neon<ArmInstructions>, Vector128<byte>>("NEON", CpuFeatures.Neon),
        new InstructionSet<Scalar, int>("scalar", CpuFeatures.None),
    ];

    /// <summary>All that this process can and may run, the fastest first.</summary>
    public static IReadOnlyList<InstructionSet> Supported => [.. Without(DisabledFeatures.FromEnvironment())];

    /// <summary>The fastest that does without some features.</summary>
    public static InstructionSet Best(CpuFeatures without) => Without(without).First();

    public abstract string Name { get; }

    /// <summary>What it must not be told to do without.</summary>
    public abstract CpuFeatures Needs { get; }

    public abstract bool IsSupported { get; }

    public abstract PanelKernel Kernel(GgmlType type);

    public abstract void RmsNorm(WorkerPool pool, Matrix x, Matrix gain, float epsilon, Matrix y);

    public abstract void Rope(WorkerPool pool, Matrix x, int headLength, RopePairing pairing, Matrix rotation);

    public abstract void HadamardTransform(WorkerPool pool, Matrix x, int headLength);

    public abstract void QuantizeActivations(WorkerPool pool, Activations activations);

    public abstract void Attention(
        WorkerPool pool, Matrix q, CpuKeyValueCache cache, int layer, Batch batch, QueryTiles tiles, float scale, Matrix y);

    /// <summary>What the set multiplies with, for measuring its peak.</summary>
    public abstract MultiplyLoop MultiplyLoop { get; }

    /// <summary>Reads memory and does nothing with it, for measuring its bandwidth.</summary>
    public abstract void Read(WorkerPool pool, Streams streams, int pieces);

    // What may not be used is not asked whether it is there: asking for assembled code means running some.
    private static IEnumerable<InstructionSet> Without(CpuFeatures features) =>
        All.Where(set => (set.Needs & features) == 0 && set.IsSupported);
}

/// <inheritdoc/>
internal sealed unsafe class InstructionSet<TSimd, TRegister>(
    string name, CpuFeatures needs, AssembledUnit unit = AssembledUnit.None, RoutineFactory? factory = null) : InstructionSet
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private readonly Dictionary<GgmlType, PanelKernel> _kernels = [];
    private readonly RoutineFactory _factory = factory ?? NativeRoutine.TryAssemble;
    private readonly SegmentKernel _segmentKernel = unit == AssembledUnit.None
        ? new IntrinsicSegmentKernel<TSimd, TRegister>()
        : new AssembledSegmentKernel(unit.IsWide(), factory ?? NativeRoutine.TryAssemble, new IntrinsicSegmentKernel<TSimd, TRegister>());

    public override string Name => name;

    public override CpuFeatures Needs => needs;

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
        pool.Run(new RmsNorm<TSimd, TRegister>(x, gain, epsilon, y), x.Rows);

    public override void Rope(WorkerPool pool, Matrix x, int headLength, RopePairing pairing, Matrix rotation) =>
        pool.Run(new Rope<TSimd, TRegister>(x, headLength, pairing, rotation), x.Rows);

    public override void HadamardTransform(WorkerPool pool, Matrix x, int headLength) =>
        pool.Run(new HadamardTransform<TSimd, TRegister>(x, headLength), x.Rows);

    public override void QuantizeActivations(WorkerPool pool, Activations activations) =>
        pool.Run(new QuantizeActivations<TSimd, TRegister>(activations), activations.Floats.Rows);

    public override void Attention(
        WorkerPool pool, Matrix q, CpuKeyValueCache cache, int layer, Batch batch, QueryTiles tiles, float scale, Matrix y)
    {
        switch (cache.Shape.Type)
        {
            case GgmlType.F32:
                Attend(pool, q, cache, layer, batch, tiles, new FloatReader<F32>(cache.Shape, _segmentKernel), scale, y);
                break;
            case GgmlType.F16:
                Attend(pool, q, cache, layer, batch, tiles, new FloatReader<F16>(cache.Shape, _segmentKernel), scale, y);
                break;
            case GgmlType.BF16:
                Attend(pool, q, cache, layer, batch, tiles, new FloatReader<BF16>(cache.Shape, _segmentKernel), scale, y);
                break;
            case GgmlType.Q8_0:
                Attend(pool, q, cache, layer, batch, tiles, Quantized<Q8_0>(cache.Shape), scale, y);
                break;
            case GgmlType.Q4_0:
                Attend(pool, q, cache, layer, batch, tiles, Quantized<Q4_0>(cache.Shape), scale, y);
                break;
            default:
                throw new UnreachableException($"{cache.Shape} was validated");
        }
    }

    private QuantizedReader<TBlock, TSimd, TRegister> Quantized<TBlock>(KeyValueShape shape)
        where TBlock : unmanaged, IBlockFormat<TBlock> => new(shape, Kernel(TBlock.Type));

    private void Attend<TReader>(
        WorkerPool pool, Matrix q, CpuKeyValueCache cache, int layer, Batch batch, QueryTiles tiles, TReader reader, float scale, Matrix y)
        where TReader : struct, IKeyValueReader
    {
        var segments = new SegmentAttention<TReader, TSimd, TRegister>(q, cache, layer, batch, reader, _segmentKernel, scale);
        TiledAttention<TReader, TSimd, TRegister>.Run(pool, segments, batch, tiles, y);
    }

    public override MultiplyLoop MultiplyLoop { get; } = unit == AssembledUnit.None
        ? new DotLoop<TSimd, TRegister>(name)
        : new AssembledLoop(name, unit, factory ?? NativeRoutine.TryAssemble);

    public override void Read(WorkerPool pool, Streams streams, int pieces) =>
        pool.Run(new ReadStreams<TSimd, TRegister>(streams), pieces);

    private readonly struct KernelOf(AssembledUnit unit, RoutineFactory factory) : IFormatVisitor<PanelKernel>
    {
        public PanelKernel VisitBlocks<TBlock>()
            where TBlock : unmanaged, IBlockFormat<TBlock>
        {
            var intrinsics = new BlockKernel<TBlock, TSimd, TRegister>();
            if (unit == AssembledUnit.None)
            {
                return intrinsics;
            }

            var shape = BlockShape.Of<TBlock>(intrinsics.InputLayout!.Value, unit.HasDots());
            return shape.IsSupported ? new AssembledKernel(shape, unit, intrinsics, factory) : intrinsics;
        }

        public PanelKernel VisitFloats<TElement>()
            where TElement : unmanaged, IFloatFormat<TElement> => new FloatKernel<TElement, TSimd, TRegister>();
    }
}

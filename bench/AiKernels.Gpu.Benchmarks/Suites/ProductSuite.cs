using AiKernels.Benchmarks.Engines;
using AiKernels.Formats;
using AiKernels.Gpu.Benchmarks.Reports;
using AiKernels.Gpu.Benchmarks.Timing;
using AiKernels.Runtime.Models;

namespace AiKernels.Gpu.Benchmarks.Suites;

/// <summary>
/// The products of a model one at a time, as its layers ask for them, each time with weights that no cache holds any more:
/// where that would take too many copies of them, there is no share of the memory's bandwidth. The input's quantization is
/// part of it, as it is of the model's steps; the smallest product, from the caches, shows what that costs.
/// </summary>
internal sealed class ProductSuite(GpuDevice device, Plan plan)
{
    // Several times the second-level cache of any device there is.
    private const long LeastBytes = 256L << 20, LeastBytesOnEmulator = 1;

    private const int MostCopies = 1024;

    private readonly DecoderSpec _spec = BenchmarkShapes.Get(plan.Shape).Spec;

    /// <summary>A launch of next to no work.</summary>
    public IEnumerable<Measurement> MeasureLaunch()
    {
        using var backend = new GpuBackend(device);
        var work = new FillerWork(backend, rows: 1, columns: 8);
        yield return new Measurement(
            Part.Bandwidth, "a launch (norm of 8 floats)", "", 1, Timer(backend).Measure(work.Enqueue));
    }

    /// <summary>All products in a format.</summary>
    public IEnumerable<Measurement> Measure(GgmlType format)
    {
        using var backend = new GpuBackend(device);
        var timer = Timer(backend);
        var source = new RandomTensorSource(BenchmarkShapes.Get(plan.Shape), QuantizationRecipe.Parse($"{format}"));
        foreach (var product in Products().Where(product => product.Columns % format.Block().Elements == 0))
        {
            foreach (var measurement in Measure(backend, timer, source, format, product))
            {
                yield return measurement;
            }
        }
    }

    private LaunchTimer Timer(GpuBackend backend)
    {
        var clock = new DeviceClock(device.Kind == GpuKind.Cuda);
        return new LaunchTimer(clock, new Headstart(backend, clock), plan.Rounds);
    }

    private IEnumerable<Product> Products()
    {
        var (queries, keys) = (_spec.Heads * _spec.HeadLength, _spec.KeyValueHeads * _spec.HeadLength);
        yield return new Product("smallest", [16], _spec.Width, IsOverhead: true);
        yield return new Product("qkv", [queries, keys, keys], _spec.Width);
        yield return new Product("attention output", [_spec.Width], queries);
        yield return new Product("gate and up", [_spec.FeedForwardWidth], _spec.Width, IsGated: true);
        yield return new Product("down", [_spec.Width], _spec.FeedForwardWidth);
        yield return new Product("output", [_spec.VocabularySize], _spec.Width);
    }

    private IEnumerable<Measurement> Measure(
        GpuBackend backend, LaunchTimer timer, RandomTensorSource source, GgmlType format, Product product)
    {
        var bytes = product.Rows.Sum(rows => backend.WeightBytes(format, rows, product.Columns)) * (product.IsGated ? 2 : 1);
        var least = device.Kind == GpuKind.Cuda ? LeastBytes : LeastBytesOnEmulator;
        var copies = product.IsOverhead ? 1 : (int)Math.Clamp((least + bytes - 1) / bytes, 1, MostCopies);
        var isFromMemory = !product.IsOverhead && copies * bytes >= least;
        var weights = Enumerable.Range(0, copies).Select(_ => Weights(backend, source, format, product)).ToList();
        try
        {
            foreach (var tokens in plan.Tokens)
            {
                var x = Input(backend, tokens, product.Columns);
                var outputs = product.Rows.Select(rows => backend.Allocate(tokens, rows)).ToArray();
                try
                {
                    var projections = weights.Select(copy => copy
                        .Zip(outputs, (pair, y) => new Projection(pair.Weight, y, Gate: pair.Gate)).ToArray()).ToArray();
                    var next = 0;
                    var times = timer.Measure(() => backend.MatMul(x, projections[next++ % copies]));
                    yield return new Measurement(
                        Part.Kernels,
                        product.Name,
                        $"{format}",
                        tokens,
                        times,
                        isFromMemory ? bytes : 0,
                        product.IsOverhead ? 0 : 2.0 * tokens * product.MultiplyAdds);
                }
                finally
                {
                    x.Storage.Dispose();
                    Array.ForEach(outputs, y => y.Storage.Dispose());
                }
            }
        }
        finally
        {
            weights.SelectMany(copy => copy).ToList().ForEach(pair =>
            {
                pair.Weight.Dispose();
                pair.Gate?.Dispose();
            });
        }
    }

    private static (Weight Weight, Weight? Gate)[] Weights(GpuBackend backend, RandomTensorSource source, GgmlType format, Product product) =>
    [
        .. product.Rows.Select(rows => (
            Upload(backend, source, format, rows, product.Columns),
            product.IsGated ? Upload(backend, source, format, rows, product.Columns) : null)),
    ];

    private static Weight Upload(GpuBackend backend, RandomTensorSource source, GgmlType format, int rows, int columns)
    {
        const int piece = 64 * PanelLayout.Rows;
        var (tensor, weight) = (new StoredTensor("product", format, rows, columns), backend.AllocateWeight(format, rows, columns));
        Parallel.For(0, (rows + piece - 1) / piece, i => source.ReadRows(
            tensor, i * piece, Math.Min(piece, rows - (i * piece)), stored => backend.Upload(weight, i * piece, stored)));
        return weight;
    }

    private static Tensor Input(GpuBackend backend, int tokens, int columns)
    {
        var (x, random) = (backend.Allocate(tokens, columns), new Random(1));
        var row = new float[columns];
        for (var token = 0; token < tokens; token++)
        {
            for (var i = 0; i < columns; i++)
            {
                row[i] = (2 * random.NextSingle()) - 1;
            }

            backend.Write(x.SliceRows(token, 1), row); // A row at a time: what passes over takes page-locked memory.
        }

        return x;
    }

    /// <summary>Weights of one input [N,K], one after another or side by side.</summary>
    private sealed record Product(string Name, int[] Rows, int Columns, bool IsGated = false, bool IsOverhead = false)
    {
        public double MultiplyAdds => (double)Rows.Sum() * Columns * (IsGated ? 2 : 1);
    }
}

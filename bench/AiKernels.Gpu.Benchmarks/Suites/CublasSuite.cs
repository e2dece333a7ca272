using System.Globalization;
using AiKernels.Benchmarks.Engines;
using AiKernels.Gpu.Benchmarks.Reports;
using AiKernels.Gpu.Benchmarks.Timing;
using AiKernels.Runtime.Models;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace AiKernels.Gpu.Benchmarks.Suites;

/// <summary>
/// A prompt's matrix products in half precision by cuBLAS: queries, keys and values together, gate and up together, each
/// layer's one after another, and the last token's output. No attention, no norms: less than a prompt takes.
/// </summary>
internal sealed class CublasSuite(GpuDevice device, Plan plan, Results results)
{
    // What an output may be off, relative to what such sums are like: several times what rounding to half precision makes.
    private const double MostError = 1e-2;

    private readonly DecoderSpec _spec = BenchmarkShapes.Get(plan.Shape).Spec;

    public IEnumerable<Measurement> Measure()
    {
        if (device.Kind != GpuKind.Cuda)
        {
            results.Notes.Add("cuBLAS, the peer, has no emulator");
            yield break;
        }

        using var context = GpuDevice.CreateContext();
        using var accelerator = (CudaAccelerator)device.CreateAccelerator(context);
        accelerator.Bind();
        var refusals = new List<string>();
        if (!CublasLibrary.TryLoad(
            CublasFiles.Candidates(plan.Cublas), ((CudaStream)accelerator.DefaultStream).StreamPtr, refusals, out var found))
        {
            Miss(plan.Cublas, refusals, results);
            yield break;
        }

        using var library = found;
        var (queries, keys) = (_spec.Heads * _spec.HeadLength, _spec.KeyValueHeads * _spec.HeadLength);
        using var qkv = new Product(accelerator, plan.Prompt, queries + (2 * keys), _spec.Width);
        using var attended = new Product(accelerator, plan.Prompt, _spec.Width, queries);
        using var gateAndUp = new Product(accelerator, plan.Prompt, 2 * _spec.FeedForwardWidth, _spec.Width);
        using var down = new Product(accelerator, plan.Prompt, _spec.Width, _spec.FeedForwardWidth);
        using var output = new Product(accelerator, 1, _spec.VocabularySize, _spec.Width);
        Product[] layer = [qkv, attended, gateAndUp, down];
        if (!IsRight(Path.GetFileName(library.File), [.. layer.Append(output).Select(product => (product.Name, product.Error(library)))], results))
        {
            yield break;
        }

        foreach (var product in layer)
        {
            yield return Time($"cuBLAS, {product.Name}", [product]);
        }

        var all = Time("cuBLAS in F16, all products", [.. Enumerable.Range(0, _spec.Layers).SelectMany(_ => layer), output]);
        yield return all with { IsPeer = true };

        Measurement Time(string what, Product[] products) => new(
            Part.Cublas,
            what,
            "",
            plan.Prompt,
            Times.OfRounds(plan.Rounds, 1, () =>
            {
                Array.ForEach(products, product => product.Enqueue(library));
                accelerator.Synchronize();
            }),
            Operations: products.Sum(product => product.Operations));
    }

    /// <summary>Says that there is no peer to be found, which is a failure where it was named.</summary>
    internal static void Miss(string? named, IReadOnlyCollection<string> refusals, Results results)
    {
        var reasons = string.Concat(refusals.Select(refusal => $"; {refusal}"));
        if (CublasFiles.Named(named) is { } file)
        {
            results.Failures.Add($"'{file}', which --cublas or {CublasFiles.Variable} names, can't be used{reasons}");
        }
        else
        {
            results.Notes.Add($"cuBLAS, the peer, was not found; --cublas or {CublasFiles.Variable} names its file{reasons}");
        }
    }

    /// <summary>Says how far an output of each product is off. Nothing is compared with a peer that is wrong.</summary>
    internal static bool IsRight(string file, IReadOnlyCollection<(string Product, double Error)> errors, Results results)
    {
        results.Notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"cuBLAS is {file}; an output of each product is {errors.Max(one => one.Error):E1} off the sum on the processor at most"));
        var wrong = errors.Where(one => !(one.Error <= MostError)).ToList(); // NaN is wrong, too.
        results.Failures.AddRange(wrong.Select(one =>
            string.Create(CultureInfo.InvariantCulture, $"an output of the product {one.Product} is {one.Error:E1} off")));
        return wrong.Count == 0;
    }

    /// <summary>x [T,K], w [N,K] -> y [T,N] of random numbers: a device multiplies zeros faster.</summary>
    private sealed class Product : IDisposable
    {
        // Numbers that repeat; prime, so that no two rows are equal.
        private const int Distinct = 999_983;

        private readonly MemoryBuffer1D<ushort, Stride1D.Dense> _x, _w, _y;
        private readonly int _tokens;

        public Product(Accelerator accelerator, int tokens, int rows, int columns)
        {
            (_tokens, Rows, Columns) = (tokens, rows, columns);
            _x = Numbers(accelerator, (long)tokens * columns, seed: 1);
            _w = Numbers(accelerator, (long)rows * columns, seed: 2);
            _y = accelerator.Allocate1D<ushort>((long)tokens * rows);
        }

        public string Name => $"{Rows} of {Columns}";

        public int Rows { get; }

        public int Columns { get; }

        public double Operations => 2.0 * _tokens * Rows * Columns;

        public void Enqueue(CublasLibrary library) =>
            library.Multiply(_x.NativePtr, _w.NativePtr, _y.NativePtr, _tokens, Rows, Columns);

        /// <summary>How far one of its outputs is from the sum, relative to what such sums are like.</summary>
        public double Error(CublasLibrary library)
        {
            Enqueue(library);
            var (token, row) = (_tokens - 1, Rows - 2);
            var (x, w, y) = (new ushort[Columns], new ushort[Columns], new ushort[1]);
            _x.View.SubView((long)token * Columns, Columns).CopyToCPU(x);
            _w.View.SubView((long)row * Columns, Columns).CopyToCPU(w);
            _y.View.SubView(((long)token * Rows) + row, 1).CopyToCPU(y);
            var (sum, squares) = (0.0, 0.0);
            for (var i = 0; i < Columns; i++)
            {
                var term = Value(x[i]) * Value(w[i]);
                (sum, squares) = (sum + term, squares + (term * term));
            }

            return Math.Abs(Value(y[0]) - sum) / Math.Sqrt(squares);
        }

        public void Dispose()
        {
            _x.Dispose();
            _w.Dispose();
            _y.Dispose();
        }

        private static double Value(ushort bits) => (double)BitConverter.UInt16BitsToHalf(bits);

        private static MemoryBuffer1D<ushort, Stride1D.Dense> Numbers(Accelerator accelerator, long length, int seed)
        {
            var (memory, random) = (accelerator.Allocate1D<ushort>(length), new Random(seed));
            ushort[] numbers = [.. Enumerable.Range(0, Distinct).Select(_ => BitConverter.HalfToUInt16Bits((System.Half)(random.NextDouble() - 0.5)))];
            for (var start = 0L; start < length; start += Distinct)
            {
                var count = (int)Math.Min(Distinct, length - start);
                memory.View.SubView(start, count).CopyFromCPU(count == Distinct ? numbers : numbers[..count]);
            }

            return memory;
        }
    }
}

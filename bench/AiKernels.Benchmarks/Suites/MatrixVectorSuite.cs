using AiKernels.Formats;
using BenchmarkDotNet.Attributes;

namespace AiKernels.Benchmarks.Suites;

/// <summary>Products of one token, as in decoding: how fast weights are read from memory.</summary>
[Config(typeof(Config))]
public class MatrixVectorSuite : Suite
{
    // Several times what the last cache holds, so that every product reads its weights from memory, as a whole model does.
    private const long LeastBytes = 512L << 20;

    private readonly List<Weight> _copies = [];
    private Tensor _x, _y;
    private int _next;

    /// <summary>The weights' format.</summary>
    [ParamsSource(nameof(Types))]
    public GgmlType Type { get; set; }

    /// <summary>The matrix.</summary>
    [ParamsSource(nameof(Matrices))]
    public ModelMatrix Matrix { get; set; } = ModelMatrix.All[0];

    /// <summary>All formats.</summary>
    public static IEnumerable<GgmlType> Types => SupportedFormats.All.Select(format => format.Type);

    /// <summary>All matrices.</summary>
    public static IEnumerable<ModelMatrix> Matrices => ModelMatrix.All;

    /// <summary>Makes copies of the matrix.</summary>
    [GlobalSetup]
    public void Setup()
    {
        for (var bytes = 0L; bytes < LeastBytes; bytes += _copies[^1].ByteLength)
        {
            _copies.Add(Load(Matrix, Type));
        }

        (_x, _y) = (Numbers(1, Matrix.Columns), Numbers(1, Matrix.Rows));
    }

    /// <summary>One product, with the next copy.</summary>
    [Benchmark]
    public void Multiply()
    {
        Backend.MatMul(_x, new Projection(_copies[_next], _y));
        _next = (_next + 1) % _copies.Count;
    }

    private sealed class Config() : SuiteConfig(
        "GB/s", benchmark => ((ModelMatrix)benchmark.Parameters[nameof(Matrix)]).StoredBytes((GgmlType)benchmark.Parameters[nameof(Type)]));
}

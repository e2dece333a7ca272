using AiKernels.Formats;
using BenchmarkDotNet.Attributes;

namespace AiKernels.Benchmarks.Suites;

/// <summary>Products of many tokens, as in prefill and batches: how fast is multiplied.</summary>
[Config(typeof(Config))]
public class MatrixProductSuite : Suite
{
    private Weight? _weight;
    private Tensor _x, _y;

    /// <summary>The weights' format.</summary>
    [ParamsSource(nameof(Types))]
    public GgmlType Type { get; set; }

    /// <summary>The matrix.</summary>
    [ParamsSource(nameof(Matrices))]
    public ModelMatrix Matrix { get; set; } = ModelMatrix.All[0];

    /// <summary>T.</summary>
    [Params(16, 128, 512)]
    public int Tokens { get; set; }

    /// <summary>All formats.</summary>
    public static IEnumerable<GgmlType> Types => SupportedFormats.All.Select(format => format.Type);

    /// <summary>The layers' matrices: a prompt's output projection runs for one token only.</summary>
    public static IEnumerable<ModelMatrix> Matrices => ModelMatrix.All.Where(matrix => matrix.Name.StartsWith("blk", StringComparison.Ordinal));

    /// <summary>Makes the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _weight = Load(Matrix, Type);
        (_x, _y) = (Numbers(Tokens, Matrix.Columns), Numbers(Tokens, Matrix.Rows));
    }

    /// <summary>One product.</summary>
    [Benchmark]
    public void Multiply() => Backend.MatMul(_x, new Projection(_weight!, _y));

    private sealed class Config() : SuiteConfig(
        "GOPS", benchmark => ((ModelMatrix)benchmark.Parameters[nameof(Matrix)]).Operations * (int)benchmark.Parameters[nameof(Tokens)]);
}

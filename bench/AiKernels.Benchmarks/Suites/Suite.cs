using AiKernels.Cpu;
using AiKernels.Runtime.Models;
using BenchmarkDotNet.Attributes;

namespace AiKernels.Benchmarks.Suites;

/// <summary>What all suites of kernels have: a backend, and operands that go with it.</summary>
public abstract class Suite : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <summary>The processor, on all threads that the process may use.</summary>
    protected CpuBackend Backend { get; } = new();

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _owned.ForEach(owned => owned.Dispose());
        Backend.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A matrix of random weights.</summary>
    protected Weight Load(ModelMatrix matrix, Formats.GgmlType type)
    {
        const int rowsAtOnce = 256;
        var source = ModelMatrix.Source(type);
        if (!source.TryFind($"{matrix.Name}.weight", out var tensor))
        {
            throw source.Missing(matrix.Name);
        }

        var weight = Own(Backend.AllocateWeight(type, matrix.Rows, matrix.Columns));
        Parallel.For(0, (matrix.Rows + rowsAtOnce - 1) / rowsAtOnce, i =>
        {
            var first = i * rowsAtOnce;
            var count = Math.Min(rowsAtOnce, matrix.Rows - first);
            source.ReadRows(tensor, first, count, rows => Backend.Upload(weight, first, rows));
        });
        return weight;
    }

    /// <summary>A matrix of numbers.</summary>
    protected Tensor Numbers(int rows, int columns)
    {
        var tensor = Backend.Allocate(rows, columns);
        Backend.Write(tensor, [.. Enumerable.Range(0, rows * columns).Select(i => MathF.Sin(i))]);
        Own(tensor.Storage);
        return tensor;
    }

    /// <summary>Keeps something until the end.</summary>
    protected T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}

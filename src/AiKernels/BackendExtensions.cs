using System.Numerics.Tensors;
using AiKernels.Formats;

namespace AiKernels;

/// <summary>The kernels on .NET's own tensor spans, for hosts that want one product and no model.</summary>
public static class BackendExtensions
{
    /// <summary>Quantizes a matrix and uploads it.</summary>
    /// <param name="backend">Where it will be computed with.</param>
    /// <param name="type">The format; K must be a whole number of its blocks.</param>
    /// <param name="values">w [N,K].</param>
    /// <exception cref="ArgumentException">The span isn't a matrix, or K doesn't fit the format.</exception>
    public static Weight CreateWeight(this IBackend backend, GgmlType type, in ReadOnlyTensorSpan<float> values)
    {
        var (rows, columns) = Matrix(values);
        var flat = new float[(long)rows * columns];
        values.FlattenTo(flat);
        var stored = new byte[type.RowBytes(columns) * rows];
        SupportedFormats.Get(type).Quantize(flat, stored);
        var weight = backend.AllocateWeight(type, rows, columns);
        backend.Upload(weight, 0, stored);
        return weight;
    }

    /// <summary>y = x w^T: x [T,K], w [N,K] -> y [T,N]. Copies x in and y out; hosts that chain products keep tensors.</summary>
    /// <exception cref="ArgumentException">The spans aren't matrices of these shapes.</exception>
    public static void MatMul(
        this IBackend backend, in ReadOnlyTensorSpan<float> x, Weight weight, in TensorSpan<float> y)
    {
        var input = backend.CreateTensor(x);
        var (rows, columns) = Matrix(y);
        var output = backend.Allocate(rows, columns);
        using (input.Storage)
        using (output.Storage)
        {
            backend.MatMul(input, new Projection(weight, output));
            backend.Read(output, y);
        }
    }

    /// <summary>Copies a matrix to the backend.</summary>
    /// <exception cref="ArgumentException">The span isn't a matrix.</exception>
    public static Tensor CreateTensor(this IBackend backend, in ReadOnlyTensorSpan<float> values)
    {
        var (rows, columns) = Matrix(values);
        var flat = new float[(long)rows * columns];
        values.FlattenTo(flat);
        var tensor = backend.Allocate(rows, columns);
        backend.Write(tensor, flat);
        return tensor;
    }

    /// <summary>Waits for all work and copies a tensor out.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Read(this IBackend backend, Tensor x, in TensorSpan<float> values)
    {
        if (Matrix(values) != (x.Rows, x.Columns))
        {
            throw new ArgumentException($"a tensor {x} can't be read into one of another shape");
        }

        var flat = new float[(long)x.Rows * x.Columns];
        backend.Read(x, flat);
        new ReadOnlyTensorSpan<float>(flat, [x.Rows, x.Columns]).CopyTo(values);
    }

    private static (int Rows, int Columns) Matrix(in ReadOnlyTensorSpan<float> values)
    {
        return values.Rank == 2
            ? (checked((int)values.Lengths[0]), checked((int)values.Lengths[1]))
            : throw new ArgumentException($"a matrix has 2 dimensions, not {values.Rank}");
    }
}

namespace AiKernels.Cpu;

/// <summary>A tensor resolved to addresses: what kernels work on, after the backend has checked it.</summary>
internal readonly unsafe struct Matrix
{
    public readonly float* Data;
    public readonly int Rows;
    public readonly int Columns;
    public readonly int Stride;

    // The finalizer would free the memory of a storage that nobody refers to, even with a kernel at work on it.
    private readonly TensorStorage? _owner;

    public Matrix(float* data, Tensor tensor)
        : this(data, tensor.Rows, tensor.Columns)
    {
        Stride = tensor.RowStride;
        _owner = tensor.Storage;
    }

    /// <summary>Memory of a kernel's own.</summary>
    public Matrix(float* data, int rows, int columns)
    {
        Data = data;
        Rows = rows;
        Columns = columns;
        Stride = columns;
    }

    public float* Row(int row) => Data + ((long)row * Stride);
}

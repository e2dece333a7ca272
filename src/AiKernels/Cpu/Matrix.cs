namespace AiKernels.Cpu;

/// <summary>A tensor resolved to addresses: what kernels work on, after the backend has checked it.</summary>
internal readonly unsafe struct Matrix(float* data, Tensor tensor)
{
    public readonly float* Data = data;
    public readonly int Rows = tensor.Rows;
    public readonly int Columns = tensor.Columns;
    public readonly int Stride = tensor.RowStride;

    // The finalizer would free the memory of a storage that nobody refers to, even with a kernel at work on it.
    private readonly TensorStorage _owner = tensor.Storage;

    public float* Row(int row) => Data + ((long)row * Stride);
}

namespace AiKernels.Cpu;

/// <summary>A tensor resolved to addresses: what kernels work on, after the backend has checked it.</summary>
internal readonly unsafe struct Matrix(float* data, int rows, int columns, int stride)
{
    public readonly float* Data = data;
    public readonly int Rows = rows;
    public readonly int Columns = columns;
    public readonly int Stride = stride;

    public float* Row(int row) => Data + ((long)row * Stride);
}

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>A tile register: rows of bytes, zero beyond its size.</summary>
internal sealed class Tile(int rows, int rowBytes)
{
    public const int MaxRows = 16, MaxRowBytes = 64;

    private readonly byte[] _bytes = new byte[MaxRows * MaxRowBytes];

    public int Rows => rows;

    public int RowBytes => rowBytes;

    public Span<byte> Row(int row) => _bytes.AsSpan(row * MaxRowBytes, MaxRowBytes);

    public void Clear() => Array.Clear(_bytes);
}

using System.Runtime.CompilerServices;

namespace AiKernels.Cpu;

/// <summary>The transpose of a matrix: y[c][r] = x[r][c].</summary>
internal static unsafe class Transposition
{
    // So many neighbours are a cache line of floats: of each line all is used while it is near.
    private const int Tile = 16;

    /// <summary>Copies x [rows, columns] to y [columns, rows]; strides are elements from a row to the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<TElement>(TElement* x, int rows, int columns, int stride, TElement* y, int yStride)
        where TElement : unmanaged
    {
        for (var row = 0; row < rows; row += Tile)
        {
            for (var column = 0; column < columns; column += Tile)
            {
                var (height, width) = (Math.Min(Tile, rows - row), Math.Min(Tile, columns - column));
                var from = x + ((long)row * stride) + column;
                for (var c = 0; c < width; c++)
                {
                    var to = y + ((long)(column + c) * yStride) + row;
                    for (var r = 0; r < height; r++)
                    {
                        to[r] = from[((long)r * stride) + c];
                    }
                }
            }
        }
    }
}

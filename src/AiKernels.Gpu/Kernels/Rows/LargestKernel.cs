using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Rows;

/// <summary>
/// The first of each piece of a row in the order of <see cref="RankedValue"/>. What is left of all pieces is a shorter row,
/// and so on until there is one piece.
/// </summary>
internal static class LargestKernel
{
    /// <summary>Numbers that a group ranks.</summary>
    public const int PieceLength = 1024;

    /// <summary>The most that may be kept of a piece: at half, every round halves the row.</summary>
    public const int MostKept = PieceLength / 2;

    /// <summary>x [T, columns] -> keys [T][pieces][kept]. Grid: pieces, rows.</summary>
    public static void Numbers(DeviceMatrix x, int columns, int kept, ArrayView<ulong> keys)
    {
        var piece = SharedMemory.Allocate<ulong>(PieceLength);
        for (var i = Group.IdxX; i < PieceLength; i += Group.DimX)
        {
            var column = (Grid.IdxX * PieceLength) + i;
            piece[i] = column < columns ? RankedValue.KeyOf(x[Grid.IdxY, column], column) : ulong.MaxValue;
        }

        SortAndKeep(piece, kept, keys);
    }

    /// <summary>keys [T, columns] -> keys [T][pieces][kept]. Grid: pieces, rows.</summary>
    public static void Keys(ArrayView<ulong> source, int columns, int kept, ArrayView<ulong> keys)
    {
        var piece = SharedMemory.Allocate<ulong>(PieceLength);
        for (var i = Group.IdxX; i < PieceLength; i += Group.DimX)
        {
            var column = (Grid.IdxX * PieceLength) + i;
            piece[i] = column < columns ? source[((long)Grid.IdxY * columns) + column] : ulong.MaxValue;
        }

        SortAndKeep(piece, kept, keys);
    }

    /// <summary>Bitonic sort. Source: K. E. Batcher, "Sorting networks and their applications", 1968.</summary>
    private static void SortAndKeep(ArrayView<ulong> piece, int kept, ArrayView<ulong> keys)
    {
        for (var run = 2; run <= PieceLength; run *= 2)
        {
            for (var distance = run >> 1; distance > 0; distance >>= 1)
            {
                Group.Barrier();
                for (var i = Group.IdxX; i < PieceLength / 2; i += Group.DimX)
                {
                    var first = ((i & ~(distance - 1)) << 1) | (i & (distance - 1));
                    var (a, b) = (piece[first], piece[first + distance]);
                    if (a > b == ((first & run) == 0))
                    {
                        (piece[first], piece[first + distance]) = (b, a);
                    }
                }
            }
        }

        Group.Barrier();
        var start = (((long)Grid.IdxY * Grid.DimX) + Grid.IdxX) * kept;
        for (var i = Group.IdxX; i < kept; i += Group.DimX)
        {
            keys[start + i] = piece[i];
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AiKernels.Formats;

/// <summary>
/// The packed layout of a format whose numbers are floats of their own: [K][16 rows] elements, so that a register's
/// lanes are rows.
/// </summary>
/// <typeparam name="TElement">The format.</typeparam>
internal static unsafe class FloatPanel<TElement>
    where TElement : unmanaged, IFloatFormat<TElement>
{
    /// <summary>Bytes of a panel of <paramref name="columns"/> inputs.</summary>
    public static long Bytes(int columns) => (long)columns * PanelLayout.Rows * sizeof(TElement);

    /// <summary>Packs up to 16 rows of elements into a panel; rows that are missing become zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(ReadOnlySpan<TElement> elements, int rows, int columns, byte* panel)
    {
        if (rows < PanelLayout.Rows)
        {
            NativeMemory.Clear(panel, (nuint)Bytes(columns));
        }

        // Sixteen streams are read and one is written: the other way round, each write would be a cache line.
        fixed (TElement* source = elements)
        {
            for (var k = 0; k < columns; k++)
            {
                var lanes = (TElement*)panel + ((long)k * PanelLayout.Rows);
                for (var row = 0; row < rows; row++)
                {
                    lanes[row] = source[((long)row * columns) + k];
                }
            }
        }
    }

    /// <summary>Gives a row back as floats.</summary>
    public static void UnpackRow(byte* panel, int row, int columns, float* destination)
    {
        for (var k = 0; k < columns; k++)
        {
            destination[k] = TElement.Value(((TElement*)panel)[((long)k * PanelLayout.Rows) + row]);
        }
    }
}

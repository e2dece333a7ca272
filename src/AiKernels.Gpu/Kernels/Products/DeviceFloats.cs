using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>Reads packed panels of floats on a device: <see cref="FloatPanel{TElement}"/>'s [K][16 rows].</summary>
/// <typeparam name="TElement">The format.</typeparam>
internal static class DeviceFloats<TElement>
    where TElement : unmanaged, IFloatFormat<TElement>
{
    /// <summary>Loads of four words, parts, that the rows of one k are: two of eight rows or four of four.</summary>
    public static int Parts => Interop.SizeOf<TElement>();

    /// <summary>The number of a row of a panel at <paramref name="k"/>, exactly.</summary>
    public static float Value(ArrayView<int> words, int panel, int columns, int row, int k) =>
        TElement.Value(words.Cast<TElement>()[((((long)panel * columns) + k) * PanelLayout.Rows) + row]);

    /// <summary>A row of a panel: every sixteenth is its own.</summary>
    public static ArrayView<TElement> Row(ArrayView<int> words, int panel, int columns, int row) =>
        words.Cast<TElement>().SubView(((long)panel * columns * PanelLayout.Rows) + row);

    /// <summary>A panel's parts.</summary>
    public static ArrayView<Int4> Panel(ArrayView<int> words, int panel, int columns) =>
        words.Cast<Int4>().SubView((long)panel * columns * Parts, columns * Parts);

    /// <summary>Some rows' numbers at <paramref name="k"/>; beyond the last k the last one's.</summary>
    /// <remarks>Begins where it is written, unlike those of <see cref="DeviceMemory"/>, which the assembler moves behind barriers.</remarks>
    public static Int4 Part(ArrayView<Int4> panel, int columns, int k, int part) => panel[(IntrinsicMath.Min(k, columns - 1) * Parts) + part];

    /// <summary>
    /// Some rows' numbers at <paramref name="k"/>; beyond the last -0, which times 0 changes no sum, not even one of -0.
    /// </summary>
    public static Int4 PartOrZeros(ArrayView<Int4> panel, int columns, int k, int part)
    {
        var nothing = Parts == 2 ? unchecked((int)0x8000_8000) : int.MinValue;
        var numbers = new Int4 { X = nothing, Y = nothing, Z = nothing, W = nothing };
        if (k < columns)
        {
            numbers = DeviceMemory.Four(ref panel[(k * Parts) + part]);
        }

        return numbers;
    }

    /// <summary>A part's first four rows.</summary>
    public static Float4 First(Int4 part) => Parts == 2
        ? Four(part.X, part.X >> 16, part.Y, part.Y >> 16)
        : Four(part.X, part.Y, part.Z, part.W);

    /// <summary>A part's other four rows, if it has eight.</summary>
    public static Float4 Second(Int4 part) => Four(part.Z, part.Z >> 16, part.W, part.W >> 16);

    private static Float4 Four(int x, int y, int z, int w) => new()
    {
        X = TElement.FromBits(x),
        Y = TElement.FromBits(y),
        Z = TElement.FromBits(z),
        W = TElement.FromBits(w),
    };
}

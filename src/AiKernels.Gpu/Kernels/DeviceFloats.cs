using AiKernels.Formats;
using ILGPU;

namespace AiKernels.Gpu.Kernels;

/// <summary>Reads packed panels of floats on a device: <see cref="FloatPanel{TElement}"/>'s [K][16 rows].</summary>
/// <typeparam name="TElement">The format.</typeparam>
internal static class DeviceFloats<TElement>
    where TElement : unmanaged, IFloatFormat<TElement>
{
    /// <summary>The number of a row of a panel at <paramref name="k"/>, exactly.</summary>
    public static float Value(ArrayView<int> words, int panel, int columns, int row, int k) =>
        TElement.Value(words.Cast<TElement>()[((((long)panel * columns) + k) * PanelLayout.Rows) + row]);

    /// <summary>A row of a panel: every sixteenth is its own.</summary>
    public static ArrayView<TElement> Row(ArrayView<int> words, int panel, int columns, int row) =>
        words.Cast<TElement>().SubView(((long)panel * columns * PanelLayout.Rows) + row);
}

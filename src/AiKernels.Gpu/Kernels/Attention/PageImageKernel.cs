using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// Some of a page's image (see <see cref="IBackend.ReadPage"/>) out of the page, or into it. A thread copies a unit, which is
/// what a type stores together: an element or a block.
/// </summary>
internal static class PageImageKernel
{
    public static void Read<TKeyValues>(DevicePages pages, int page, int positions, int firstUnit, int units, ArrayView<int> image)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var unit = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (unit < units)
        {
            var place = Place.Of<TKeyValues>(pages, page, positions, firstUnit + unit);
            TKeyValues.Read(pages, place.First, place.IsKey, place.Slot, place.Channel, image, unit);
        }
    }

    public static void Write<TKeyValues>(DevicePages pages, int page, int positions, int firstUnit, int units, ArrayView<int> image)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var unit = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (unit < units)
        {
            var place = Place.Of<TKeyValues>(pages, page, positions, firstUnit + unit);
            TKeyValues.Write(pages, place.First, place.IsKey, place.Slot, place.Channel, image, unit);
        }
    }

    /// <summary>Where a unit of an image is in its page.</summary>
    private readonly struct Place(long first, bool isKey, int slot, int channel)
    {
        public readonly long First = first;
        public readonly bool IsKey = isKey;
        public readonly int Slot = slot;
        public readonly int Channel = channel;

        /// <summary>An image is [layer][head][keys, then values][positions][D].</summary>
        /// <param name="pages">The pages, of the first layer: the heads of the others follow.</param>
        /// <param name="page">The page.</param>
        /// <param name="positions">Positions of the image.</param>
        /// <param name="unit">The unit.</param>
        public static Place Of<TKeyValues>(DevicePages pages, int page, int positions, int unit)
            where TKeyValues : struct, IDeviceKeyValues
        {
            var rowUnits = pages.HeadLength / TKeyValues.Together;
            var row = unit / rowUnits;
            var part = row / positions;
            var (isKey, head) = ((part & 1) == 0, part >> 1);
            return new Place(
                isKey ? pages.Keys(page, head) : pages.Values(page, head),
                isKey,
                row - (part * positions),
                (unit - (row * rowUnits)) * TKeyValues.Together);
        }
    }
}

using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>Stores keys and values [T, G D] at their tokens' places. A thread stores what a type stores together; grid rows are tokens.</summary>
internal static class StoreKernel
{
    public static void Run<TKeyValues>(DevicePages pages, DevicePlaces places, DeviceMatrix keys, DeviceMatrix values)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var (token, column) = (Grid.IdxY, ((Grid.IdxX * Group.DimX) + Group.IdxX) * TKeyValues.Together);
        if (column >= pages.Heads * pages.HeadLength)
        {
            return;
        }

        var position = places.Position(token);
        var (page, head) = (places.Page(token, position / pages.PageLength), column / pages.HeadLength);
        TKeyValues.Store(
            pages, pages.Keys(page, head), pages.Values(page, head), position % pages.PageLength, column % pages.HeadLength, keys, values, token, column);
    }
}

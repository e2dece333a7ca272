using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// <see cref="RopeKernel"/> of queries and keys, and <see cref="StoreKernel"/> of the keys and their values. A group is a head of
/// a token; a key's threads store what all of them have turned.
/// </summary>
internal static class RopeStoreKernel
{
    /// <summary>See the class. Grid: query heads, then key/value heads; tokens.</summary>
    public static void Run<TKeyValues>(
        DeviceMatrix q, DeviceMatrix k, DeviceMatrix v, DeviceMatrix rotation, int pairs, int adjacent, int queryHeads, DevicePages pages, DevicePlaces places)
        where TKeyValues : struct, IDeviceKeyValues
    {
        var (token, isKey) = (Grid.IdxY, Grid.IdxX >= queryHeads);
        var head = isKey ? Grid.IdxX - queryHeads : Grid.IdxX;
        var (x, first) = (isKey ? k : q, head * pages.HeadLength);
        for (var pair = Group.IdxX; pair < pairs; pair += Group.DimX)
        {
            RopeKernel.Turn(x, rotation, token, first, pair, pairs, adjacent);
        }

        Group.Barrier();
        if (!isKey)
        {
            return;
        }

        var position = places.Position(token);
        var (page, slot) = (places.Page(token, position / pages.PageLength), position % pages.PageLength);
        for (var channel = Group.IdxX * TKeyValues.Together; channel < pages.HeadLength; channel += Group.DimX * TKeyValues.Together)
        {
            TKeyValues.Store(pages, pages.Keys(page, head), pages.Values(page, head), slot, channel, k, v, token, first + channel);
        }
    }
}

using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// <see cref="RopeKernel"/> of queries and keys, <see cref="HadamardKernel"/> of them where that is asked for, and
/// <see cref="StoreKernel"/> of the keys and their values. A group is a head of a token; a key's threads store what all of them
/// have turned.
/// </summary>
internal static class RopeStoreKernel
{
    /// <summary>
    /// See the class. Grid: query heads, then key/value heads; tokens. Transforms of so many channels, or none of 0. Dynamic shared
    /// memory: as many floats.
    /// </summary>
    public static void Run<TKeyValues>(
        DeviceMatrix q, DeviceMatrix k, DeviceMatrix v, DeviceMatrix rotation, int pairs, int adjacent, int queryHeads, int transformed, float scale, DevicePages pages, DevicePlaces places)
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
        for (var channel = 0; transformed > 0 && channel < pages.HeadLength; channel += transformed)
        {
            HadamardKernel.Transform(x, token, first + channel, transformed, scale, SharedMemory.GetDynamic<float>());
            Group.Barrier();
        }

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

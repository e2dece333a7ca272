using AiKernels.Cache;

namespace AiKernels.Offload;

/// <summary>Keys and values of some layers on one backend, of the others on another; pages have the same numbers on both.</summary>
/// <param name="backend">Whose it is.</param>
/// <param name="shape">All layers' shape.</param>
/// <param name="pages">Pages of both.</param>
/// <param name="host">The first layers; null where there are none.</param>
/// <param name="device">The others; null where there are none.</param>
internal sealed class DividedCache(OffloadBackend backend, KeyValueShape shape, int pages, KeyValueCache? host, KeyValueCache? device)
    : KeyValueCache(shape, pages)
{
    public override IBackend Backend => backend;

    /// <summary>Both, where there are both, in the order of their layers.</summary>
    public IReadOnlyList<KeyValueCache> Parts { get; } = host is null ? [device!] : device is null ? [host] : [host, device];

    /// <summary>Where a layer's keys and values are, and the layer's number there.</summary>
    public (KeyValueCache Cache, int Layer) Of(int layer)
    {
        var hostLayers = host?.Shape.Layers ?? 0;
        return layer < hostLayers ? (host!, layer) : (device!, layer - hostLayers);
    }

    protected override void Free()
    {
        try
        {
            device?.Dispose();
        }
        finally
        {
            host?.Dispose();
        }
    }
}

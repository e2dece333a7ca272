using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>
/// Pages of keys and values on a device: [page][layer][head][K, then V], seen from one layer. The numbers of a head lie
/// as the <see cref="IDeviceKeyValues"/> of their type says.
/// </summary>
/// <param name="words">All pages.</param>
/// <param name="layer">The layer.</param>
/// <param name="layers">Layers.</param>
/// <param name="heads">G.</param>
/// <param name="headLength">D.</param>
/// <param name="pageLength">P.</param>
/// <param name="headWords">Words of a head's keys, and of its values, in a page.</param>
internal readonly struct DevicePages(
    ArrayView<int> words, int layer, int layers, int heads, int headLength, int pageLength, int headWords)
{
    public readonly ArrayView<int> Words = words;
    public readonly int Heads = heads;
    public readonly int HeadLength = headLength;
    public readonly int PageLength = pageLength;

    private readonly int _layer = layer, _layers = layers, _headWords = headWords;

    /// <summary>The first word of a head's keys.</summary>
    public long Keys(int page, int head) => 2L * _headWords * ((((long)page * _layers) + _layer) * Heads + head);

    /// <summary>The first word of a head's values.</summary>
    public long Values(int page, int head) => Keys(page, head) + _headWords;
}

using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>How a head's keys and values lie in a page: keys so that neighbouring threads are positions, values so that they are channels.</summary>
internal interface IDeviceKeyValues
{
    /// <summary>Channels that a thread stores at a time.</summary>
    static abstract int Together { get; }

    /// <summary>Words of a head's keys, or values, in a page.</summary>
    static abstract int HeadWords(int headLength, int pageLength);

    /// <summary>Stores <see cref="Together"/> channels of a key and of a value, from one on.</summary>
    static abstract void Store(DevicePages pages, long keys, long values, int slot, int channel, DeviceMatrix k, DeviceMatrix v, int token, int column);

    /// <summary>Copies a key's or a value's <see cref="Together"/> channels from one on to an image, as their type stores them.</summary>
    /// <param name="pages">The pages.</param>
    /// <param name="first">The first word of the head's keys, or of its values.</param>
    /// <param name="isKey">Which of them.</param>
    /// <param name="slot">The position in the page.</param>
    /// <param name="channel">The first channel.</param>
    /// <param name="image">Elements, or blocks, side by side.</param>
    /// <param name="unit">Which of them.</param>
    static abstract void Read(DevicePages pages, long first, bool isKey, int slot, int channel, ArrayView<int> image, int unit);

    /// <summary>Copies them back.</summary>
    static abstract void Write(DevicePages pages, long first, bool isKey, int slot, int channel, ArrayView<int> image, int unit);

    /// <summary>Words of a query in the form that keys are multiplied with.</summary>
    static abstract int QueryWords(int headLength);

    /// <summary>One of them.</summary>
    static abstract int QueryWord(DeviceMatrix q, QuantizedRows quantized, int headLength, int token, int column, int word);

    /// <summary>q k^T of a position and a tile's rows, whose words lie side by side in shared memory.</summary>
    static abstract Sixteen Scores(DevicePages pages, long keys, int slot, ArrayView<Float4> queries);

    /// <summary>A channel of a value.</summary>
    static abstract float Value(DevicePages pages, long values, int slot, int channel);

    /// <summary>A channel of sixteen values from a position on, which need not all be a segment's.</summary>
    static abstract Sixteen Values(DevicePages pages, long values, int slot, int channel);
}

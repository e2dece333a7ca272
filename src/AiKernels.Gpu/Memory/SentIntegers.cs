using System.Runtime.InteropServices;
using ILGPU;

namespace AiKernels.Gpu.Memory;

/// <summary>Integers on the device that are often the same as the last time, and then don't go over again.</summary>
internal sealed class SentIntegers(OpenDevice device)
{
    private readonly GrowingBuffer<int> _memory = new(device);
    private readonly List<int> _sent = [];

    /// <summary>The integers on the device.</summary>
    public ArrayView<int> Of(List<int> integers)
    {
        var isSent = CollectionsMarshal.AsSpan(integers).SequenceEqual(CollectionsMarshal.AsSpan(_sent));
        if (!isSent)
        {
            _sent.Clear(); // Whatever throws from here on, the memory holds nobody's.
        }

        var target = _memory.Get(integers.Count);
        if (!isSent)
        {
            device.Integers.Send(CollectionsMarshal.AsSpan(integers), target);
            _sent.AddRange(integers);
        }

        return target;
    }
}

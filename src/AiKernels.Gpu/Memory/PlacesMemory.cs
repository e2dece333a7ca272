using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Gpu.Kernels;

namespace AiKernels.Gpu.Memory;

/// <summary>A step's places on the device. All layers of a step have the same, which go over once.</summary>
internal sealed class PlacesMemory(OpenDevice device)
{
    private readonly GrowingBuffer<int> _memory = new(device);
    private readonly List<int> _places = [], _sent = [];

    /// <summary>The places of a batch's tokens.</summary>
    public DevicePlaces Of(Batch batch)
    {
        Write(batch);
        var places = CollectionsMarshal.AsSpan(_places);
        var isSent = places.SequenceEqual(CollectionsMarshal.AsSpan(_sent));
        if (!isSent)
        {
            _sent.Clear(); // Whatever throws from here on, the memory holds nobody's.
        }

        var target = _memory.Get(places.Length);
        if (!isSent)
        {
            device.Integers.Send(places, target);
            _sent.AddRange(places);
        }

        return new DevicePlaces(target, batch.Count);
    }

    private void Write(Batch batch)
    {
        _places.Clear();
        _places.AddRange(batch.Positions);
        CollectionsMarshal.SetCount(_places, 2 * batch.Count);
        for (var (token, start) = (0, 0); token < batch.Count; token++)
        {
            if (token == 0 || batch.Tables[token] != batch.Tables[token - 1])
            {
                start = _places.Count;
                _places.AddRange(batch.Tables[token].Pages);
            }

            _places[batch.Count + token] = start;
        }
    }
}

using AiKernels.Cache;
using AiKernels.Gpu.Kernels;
using AiKernels.Gpu.Memory;

namespace AiKernels.Gpu;

/// <summary>
/// Queries' and keys' turning waits for the operation after it: where that stores the keys, all of it is one launch. See
/// <see cref="HeldNorm"/>.
/// </summary>
internal sealed class HeldRopes(ElementKernels kernels)
{
    private readonly Held[] _held = new Held[2];
    private int _count;

    /// <summary>Holds the turning of a tensor that isn't empty; what was held goes first unless it is the queries' of these keys.</summary>
    public void Hold(Held rope)
    {
        if (_count == 2 || (_count == 1 && !_held[0].GoesWith(rope)))
        {
            Release();
        }

        _held[_count++] = rope;
    }

    /// <summary>Enqueues what was held; called before whatever might read it, or write what it reads.</summary>
    public void Release()
    {
        var count = _count;
        _count = 0; // Whatever throws, nothing is turned twice.
        for (var i = 0; i < count; i++)
        {
            var (x, rotation, tensor, headLength, pairing, pairs, _) = _held[i];
            kernels.Rope(x, tensor.Rows, tensor.Columns, headLength, pairing, rotation, pairs);
        }

        Array.Clear(_held); // Or their memory could not be collected.
    }

    /// <summary>Enqueues what was held and the storing of keys, together if they belong together.</summary>
    public void Store(DeviceCache cache, DevicePages pages, DevicePlaces places, Batch batch, Tensor keys, Tensor values, DeviceMatrix k, DeviceMatrix v)
    {
        var (queries, turned) = (_held[0], _held[1]);
        if (_count == 2 && turned.Tensor.IsSameAs(keys) && turned.HeadLength == cache.Shape.HeadLength
            && !queries.Tensor.Overlaps(values) && !keys.Overlaps(values))
        {
            Drop();
            cache.Kernels.RopeAndStore(queries, turned, pages, places, batch.Count, v);
        }
        else
        {
            Release();
            cache.Kernels.Store(pages, places, batch.Count, k, v);
        }
    }

    /// <summary>Forgets what was held.</summary>
    public void Drop()
    {
        _count = 0;
        Array.Clear(_held);
    }

    /// <summary>A tensor that is to be turned.</summary>
    /// <param name="X">It on the device.</param>
    /// <param name="Rotation">Cosines and sines.</param>
    /// <param name="Tensor">It as the caller has it.</param>
    /// <param name="HeadLength">D.</param>
    /// <param name="Pairing">Which channels are a pair.</param>
    /// <param name="Pairs">Pairs of a head.</param>
    /// <param name="Angles">The cosines and sines as the caller has them.</param>
    public readonly record struct Held(
        DeviceMatrix X, DeviceMatrix Rotation, Tensor Tensor, int HeadLength, RopePairing Pairing, int Pairs, Tensor Angles)
    {
        /// <summary>Query or key heads.</summary>
        public int Heads => Tensor.Columns / HeadLength;

        /// <summary>Whether both turn by the same angles, and neither is part of the other.</summary>
        public bool GoesWith(in Held other) =>
            (HeadLength, Pairing) == (other.HeadLength, other.Pairing) && Angles.IsSameAs(other.Angles) && !Tensor.Overlaps(other.Tensor);
    }
}

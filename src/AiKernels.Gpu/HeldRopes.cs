using AiKernels.Cache;
using AiKernels.Gpu.Kernels.Attention;
using AiKernels.Gpu.Kernels.Device;
using AiKernels.Gpu.Kernels.Rows;
using AiKernels.Gpu.Memory;

namespace AiKernels.Gpu;

/// <summary>
/// Queries' and keys' turning, and their Hadamard transforms after it, wait for the operation after them: where that stores the
/// keys, all of it is one launch. See <see cref="HeldNorm"/>.
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

    /// <summary>Holds the transform of heads that wait to be turned, if these do.</summary>
    public bool TryTransform(Tensor x, int headLength)
    {
        for (var i = 0; i < _count; i++)
        {
            if (!_held[i].IsTransformed && _held[i].HeadLength == headLength && _held[i].Tensor.IsSameAs(x))
            {
                _held[i] = _held[i] with { IsTransformed = true };
                return true;
            }
        }

        return false;
    }

    /// <summary>Enqueues what was held; called before whatever might read it, or write what it reads.</summary>
    public void Release()
    {
        var count = _count;
        _count = 0; // Whatever throws, nothing is turned twice.
        for (var i = 0; i < count; i++)
        {
            var held = _held[i];
            kernels.Rope(held.X, held.Tensor.Rows, held.Tensor.Columns, held.HeadLength, held.Pairing, held.Angles, held.Pairs);
            if (held.IsTransformed)
            {
                kernels.HadamardTransform(held.X, held.Tensor.Rows, held.Tensor.Columns, held.HeadLength);
            }
        }

        Array.Clear(_held); // Or what they name could not be collected.
    }

    /// <summary>Enqueues what was held and the storing of keys, together if they belong together.</summary>
    public void Store(DeviceCache cache, DevicePages pages, DevicePlaces places, Batch batch, Tensor keys, Tensor values, DeviceMatrix k, DeviceMatrix v)
    {
        var (queries, turned) = (_held[0], _held[1]);
        if (_count == 2 && turned.Tensor.IsSameAs(keys) && turned.HeadLength == cache.Shape.HeadLength
            && queries.IsTransformed == turned.IsTransformed && !queries.Tensor.Overlaps(values) && !keys.Overlaps(values))
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
    /// <param name="Tensor">It as the caller has it.</param>
    /// <param name="X">It on the device.</param>
    /// <param name="Rotation">Cosines and sines as the caller has them.</param>
    /// <param name="Angles">They on the device.</param>
    /// <param name="HeadLength">D.</param>
    /// <param name="Pairing">Which channels are a pair.</param>
    public readonly record struct Held(
        Tensor Tensor, DeviceMatrix X, Tensor Rotation, DeviceMatrix Angles, int HeadLength, RopePairing Pairing)
    {
        /// <summary>Whether its heads are transformed once they are turned.</summary>
        public bool IsTransformed { get; init; }

        /// <summary>Pairs of a head.</summary>
        public int Pairs => Rotation.Columns / 2;

        /// <summary>Query or key heads.</summary>
        public int Heads => Tensor.Columns / HeadLength;

        /// <summary>Whether both turn by the same angles, and neither is part of the other.</summary>
        public bool GoesWith(in Held other) =>
            (HeadLength, Pairing) == (other.HeadLength, other.Pairing) && Rotation.IsSameAs(other.Rotation) && !Tensor.Overlaps(other.Tensor);
    }
}

using System.Runtime.InteropServices;
using AiKernels.Cache;
using AiKernels.Gpu.Kernels.Attention;
using ILGPU;

namespace AiKernels.Gpu.Memory;

/// <summary>A step's places on the device, and its tiles of queries. All layers of a step have the same.</summary>
internal sealed class PlacesMemory(OpenDevice device)
{
    private readonly SentIntegers _sentPlaces = new(device), _sentTiles = new(device);
    private readonly List<int> _places = [], _tiles = [];

    /// <summary>The places of a batch's tokens.</summary>
    public DevicePlaces Of(Batch batch)
    {
        _places.Clear();
        _places.AddRange(batch.Positions);
        CollectionsMarshal.SetCount(_places, 2 * batch.Count);
        for (var token = 0; token < batch.Count;)
        {
            var (start, end) = (_places.Count, SequenceEnd(batch, token));
            _places.AddRange(batch.Tables[token].Pages);
            for (; token < end; token++)
            {
                _places[batch.Count + token] = start;
            }
        }

        return new DevicePlaces(_sentPlaces.Of(_places), batch.Count);
    }

    /// <summary>
    /// A batch's tiles, see <see cref="AttentionTile"/>. Those of late positions, which have most to do, come first.
    /// </summary>
    public ArrayView<int> Tiles(Batch batch, int headsTogether)
    {
        _tiles.Clear();
        for (var token = 0; token < batch.Count; token = SequenceEnd(batch, token))
        {
            var rows = (SequenceEnd(batch, token) - token) * headsTogether;
            for (var row = (rows - 1) / Sixteen.Count * Sixteen.Count; row >= 0; row -= Sixteen.Count)
            {
                _tiles.AddRange([token, row, Math.Min(Sixteen.Count, rows - row)]);
            }
        }

        return _sentTiles.Of(_tiles);
    }

    /// <summary>The token after a sequence's last one.</summary>
    private static int SequenceEnd(Batch batch, int token)
    {
        var end = token + 1;
        while (end < batch.Count && batch.Tables[end] == batch.Tables[token])
        {
            end++;
        }

        return end;
    }
}

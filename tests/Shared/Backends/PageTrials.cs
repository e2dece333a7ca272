using AiKernels.Cache;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Shared.Backends;

/// <summary>Operations on whole pages do the same on any backend as on the reference, and images go from each to the other.</summary>
internal static class PageTrials
{
    /// <summary>Any number of positions, heads and layers: an image goes over and back, and what is behind it stays.</summary>
    public static void Images(BackendPair pair, Random random, TrialSizes sizes, GgmlType type)
    {
        var (shape, pages) = (Shape(random, sizes, type), random.Next(1, 4));
        var cache = pair.Cache(shape, pages);
        Store(pair, random, cache, Table(cache.Reference), 0, pages * shape.PageLength, turns: false);
        var (page, positions) = (random.Next(pages), random.Next(1, shape.PageLength + 1));
        AssertSameImage(cache, page, positions);

        var image = new byte[shape.ImageBytes(positions)];
        random.NextBytes(image); // All bits come back, those of NaN and of codes that nobody quantizes to, too.
        var (before, after) = (Image(cache.Other, page, shape.PageLength), new byte[shape.PageBytes]);
        pair.Reference.WritePage(cache.Reference, page, positions, image);
        pair.Other.WritePage(cache.Other, page, positions, image);
        Assert.Equal(image, Image(cache.Other, page, positions));

        // Rows of an image of more positions: the first ones are the new ones, the others are what they were.
        var row = shape.Type.RowBytes(shape.HeadLength);
        for (var part = 0; part < 2 * shape.Layers * shape.Heads; part++)
        {
            var (whole, length) = ((int)(part * shape.PageLength * row), (int)(positions * row));
            before.AsSpan(whole, (int)(shape.PageLength * row)).CopyTo(after.AsSpan(whole));
            image.AsSpan(part * length, length).CopyTo(after.AsSpan(whole));
        }

        Assert.Equal(after, Image(cache.Other, page, shape.PageLength));
        Assert.All(Enumerable.Range(0, pages), each => AssertSameImage(cache, each, shape.PageLength));
    }

    /// <summary>Pages stored to, copied, cleared, read and written in any order; what attention sees in the end.</summary>
    public static void Walk(BackendPair pair, Random random, TrialSizes sizes, GgmlType type)
    {
        const int pages = 3;
        var shape = Shape(random, sizes, type);
        var cache = pair.Cache(shape, pages);
        var table = Table(cache.Reference);
        for (var page = 0; page < pages; page++)
        {
            var image = RandomNumbers.Stored(random, shape.Type, 2 * shape.Layers * shape.Heads * shape.PageLength, shape.HeadLength, 1);
            pair.Reference.WritePage(cache.Reference, page, shape.PageLength, image);
            pair.Other.WritePage(cache.Other, page, shape.PageLength, image);
        }

        for (var step = 0; step < 8; step++)
        {
            var (page, other, positions) = (random.Next(pages), random.Next(pages - 1), random.Next(shape.PageLength + 1));
            other += other >= page ? 1 : 0;
            switch (random.Next(5))
            {
                case 0:
                    pair.Reference.CopyPage(cache.Reference, page, other);
                    pair.Other.CopyPage(cache.Other, page, other);
                    break;
                case 1:
                    pair.Reference.ClearPage(cache.Reference, page);
                    pair.Other.ClearPage(cache.Other, page);
                    break;
                case 2: // What one of them read goes to both.
                    var image = Image(random.Next(2) == 0 ? cache.Reference : cache.Other, page, positions);
                    pair.Reference.WritePage(cache.Reference, other, positions, image);
                    pair.Other.WritePage(cache.Other, other, positions, image);
                    break;
                case 3:
                    AssertSameImage(cache, page, positions);
                    break;
                default:
                    var first = random.Next(pages * shape.PageLength);
                    var count = Math.Min(random.Next(1, sizes.Tokens + 1), (pages * shape.PageLength) - first);
                    Store(pair, random, cache, table, first, count, turns: true);
                    break;
            }
        }

        Assert.All(Enumerable.Range(0, pages), page => AssertSameImage(cache, page, shape.PageLength));
        Attend(pair, random, cache, table);
    }

    private static KeyValueShape Shape(Random random, TrialSizes sizes, GgmlType type)
    {
        var length = random.Next(1, Math.Min(90, sizes.HeadLength) + 1);
        var block = type.Block().Elements;
        return new(random.Next(1, 4), random.Next(1, 4), (length + block - 1) / block * block, type, 64 * random.Next(1, 3));
    }

    /// <summary>All pages of a cache, in order.</summary>
    private static BlockTable Table(KeyValueCache cache)
    {
        var table = new BlockTable(new PagePool(cache.Pages), cache.Shape.PageLength);
        Assert.True(table.TryReserve(cache.Pages * cache.Shape.PageLength));
        return table;
    }

    /// <summary>Stores keys and values in every layer; keys may be turned and transformed before, which a backend may put off.</summary>
    private static void Store(
        BackendPair pair, Random random, (KeyValueCache Reference, KeyValueCache Other) cache, BlockTable table, int first, int count, bool turns)
    {
        var shape = cache.Reference.Shape;
        var width = shape.Heads * shape.HeadLength;
        var batch = new Batch();
        batch.Add(table, first, new int[count]);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var (q, k, v) = (Draw(width), Draw(width), Draw(width));
            if (turns && shape.HeadLength > 1)
            {
                var rotation = Draw(shape.HeadLength / 2 * 2);
                Both((backend, of) => backend.Rope(of(q), shape.HeadLength, RopePairing.Halves, of(rotation)));
                Both((backend, of) => backend.Rope(of(k), shape.HeadLength, RopePairing.Halves, of(rotation)));
                if (random.Next(2) == 0)
                {
                    Both((backend, of) => backend.HadamardTransform(of(q), shape.HeadLength));
                    Both((backend, of) => backend.HadamardTransform(of(k), shape.HeadLength));
                }
            }

            pair.Reference.Store(cache.Reference, layer, batch, k.Item1, v.Item1);
            pair.Other.Store(cache.Other, layer, batch, k.Item2, v.Item2);
        }

        (Tensor, Tensor) Draw(int columns) => pair.Tensor(count, columns, RandomNumbers.Normal(random, count * columns));
        void Both(Action<IBackend, Func<(Tensor, Tensor), Tensor>> operation)
        {
            operation(pair.Reference, tensors => tensors.Item1);
            operation(pair.Other, tensors => tensors.Item2);
        }
    }

    /// <summary>The last tokens look at all pages, in each layer.</summary>
    private static void Attend(BackendPair pair, Random random, (KeyValueCache Reference, KeyValueCache Other) cache, BlockTable table)
    {
        const int tokens = 2;
        var shape = cache.Reference.Shape;
        var width = shape.Heads * shape.HeadLength;
        var batch = new Batch();
        batch.Add(table, (int)table.Capacity - tokens, new int[tokens]);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var q = pair.Tensor(tokens, width, RandomNumbers.Normal(random, tokens * width));
            var y = pair.Tensor(tokens, width, new float[tokens * width]);
            pair.Reference.Attention(q.Reference, cache.Reference, layer, batch, 0.3f, y.Reference);
            pair.Other.Attention(q.Other, cache.Other, layer, batch, 0.3f, y.Other);
            pair.AssertSame(y);
        }
    }

    private static void AssertSameImage((KeyValueCache Reference, KeyValueCache Other) cache, int page, int positions) =>
        Assert.Equal(Image(cache.Reference, page, positions), Image(cache.Other, page, positions));

    private static byte[] Image(KeyValueCache cache, int page, int positions)
    {
        var image = new byte[cache.Shape.ImageBytes(positions)];
        Array.Fill(image, (byte)0xA5); // Every byte of it is written.
        cache.Backend.ReadPage(cache, page, positions, image);
        return image;
    }
}

using AiKernels.Cache;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Shared.Backends;

/// <summary>Attention on any backend has the bits of its definition, and sees what the cache says and nothing else.</summary>
internal static class AttentionTrials
{
    /// <summary>
    /// Two sequences that grow side by side: all types of keys and values, page lengths, heads that share keys, and now
    /// and then infinities and NaN.
    /// </summary>
    public static void GrowingSequences(BackendPair pair, Random random, TrialSizes sizes)
    {
        const int steps = 4;
        var (heads, group) = (random.Next(1, 3), random.Next(1, 4));
        var length = random.Next(1, (random.Next(2) == 0 ? Math.Min(89, sizes.HeadLength) : sizes.HeadLength) + 1);
        var type = AnyType(random);
        var block = type.Block().Elements;
        length = (length + block - 1) / block * block;
        var shape = new KeyValueShape(2, heads, length, type, 64 * random.Next(1, 3));
        var pages = 2 * ((sizes.Context / 64) + 1);
        var (cache, pool) = (pair.Cache(shape, pages), new PagePool(pages));
        BlockTable[] sequences = [new(pool, shape.PageLength), new(pool, shape.PageLength)];
        var lengths = new int[2];

        for (var step = 0; step < steps; step++)
        {
            var (added, asked) = (new Batch(), new Batch());
            for (var s = 0; s < 2; s++)
            {
                var count = random.Next(sizes.Context / steps);
                Assert.True(sequences[s].TryReserve(lengths[s] + count));
                added.Add(sequences[s], lengths[s], new int[count]);
                lengths[s] += count;
                // Storing is cheap on any backend; as many of the last tokens look at it as may.
                var last = Math.Min(count, sizes.Tokens);
                asked.Add(sequences[s], lengths[s] - last, new int[last]);
            }

            if (added.Count > 0)
            {
                var odd = random.Next(3) == 0; // Infinities and NaN.
                Store(pair, random, cache, added, odd ? RandomNumbers.Activations : Normal);
                AssertSameAttention(pair, random, cache, asked, group, 2, 0.3f);
            }
        }
    }

    /// <summary>Many positions and few tokens, which a backend may split over threads.</summary>
    public static void LongContext(BackendPair pair, Random random, GgmlType type, int before, int added)
    {
        var shape = new KeyValueShape(1, 1, 32, type);
        var pages = shape.Pages(before + added);
        var (cache, table) = (pair.Cache(shape, pages), new BlockTable(new PagePool(pages), shape.PageLength));
        Assert.True(table.TryReserve(before + added));
        var (earlier, batch) = (new Batch(), new Batch());
        earlier.Add(table, 0, new int[before]);
        batch.Add(table, before, new int[added]);
        Store(pair, random, cache, earlier, Normal);
        Store(pair, random, cache, batch, Normal);
        AssertSameAttention(pair, random, cache, batch, 3, 3, 0.4f);
    }

    /// <summary>A page full of NaN, taken by another sequence, gives the bits of a fresh one.</summary>
    public static void StalePage(BackendPair pair, Random random, GgmlType type, int pageLength)
    {
        const int tokens = 5, length = 64;
        var shape = new KeyValueShape(1, 1, length, type, pageLength);
        var (clean, stale) = (pair.Cache(shape, 1), pair.Cache(shape, 1));
        var (batch, full) = (new Batch(), new Batch());
        var table = new BlockTable(new PagePool(1), pageLength);
        Assert.True(table.TryReserve(pageLength));
        full.Add(table, 0, new int[pageLength]);
        batch.Add(table, 0, new int[tokens]);
        Store(pair, random, stale, full, (_, count) => [.. Enumerable.Repeat(float.NaN, count)]);

        var k = pair.Tensor(tokens, length, RandomNumbers.Normal(random, tokens * length));
        var q = pair.Tensor(tokens, length, RandomNumbers.Normal(random, tokens * length));
        var expected = pair.Reference.Allocate(tokens, length);
        pair.Reference.Store(clean.Reference, 0, batch, k.Reference, k.Reference);
        pair.Reference.Attention(q.Reference, clean.Reference, 0, batch, 0.2f, expected);
        var values = new float[tokens * length];
        pair.Reference.Read(expected, values);
        Assert.DoesNotContain(values, float.IsNaN);

        foreach (var cache in (KeyValueCache[])[clean.Other, stale.Other])
        {
            var y = pair.Tensor(tokens, length, new float[tokens * length]);
            pair.Other.Store(cache, 0, batch, k.Other, k.Other);
            pair.Other.Attention(q.Other, cache, 0, batch, 0.2f, y.Other);
            pair.AssertSame((expected, y.Other));
        }
    }

    /// <summary>
    /// Queries and keys are turned, perhaps transformed, and keys stored, in the order of a model or another, with or without more
    /// in between.
    /// </summary>
    public static void TurnedKeys(BackendPair pair, Random random, GgmlType type)
    {
        var (tokens, group, length) = (random.Next(1, 5), random.Next(1, 3), 32 * random.Next(1, 4));
        var (cache, table) = (pair.Cache(new KeyValueShape(1, 2, length, type), 1), new BlockTable(new PagePool(1), 64));
        Assert.True(table.TryReserve(tokens));
        var batch = new Batch();
        batch.Add(table, 0, new int[tokens]);
        (Tensor Reference, Tensor Other) Draw(int columns) => pair.Slice(random, tokens, columns, Normal);
        var (q, k, v, y) = (Draw(2 * group * length), Draw(2 * length), Draw(2 * length), Draw(2 * group * length));
        var rotation = Draw(length - (2 * random.Next(length / 4)));
        var other = Draw(rotation.Reference.Columns);
        var (order, transforms, pairing) = (random.Next(6), random.Next(5), (RopePairing)random.Next(2));
        void Run(IBackend backend, KeyValueCache pages, Func<(Tensor Reference, Tensor Other), Tensor> of)
        {
            var (queries, keys, values) = (of(q), of(k), of(v));
            backend.Rope(order == 1 ? keys : queries, length, pairing, of(rotation));
            backend.Rope(order == 1 ? queries : keys, length, pairing, of(order == 2 ? other : rotation));
            if (transforms is 1 or 2)
            {
                backend.HadamardTransform(queries, length);
            }

            if (transforms is 2 or 3)
            {
                backend.HadamardTransform(keys, length);
            }

            if (transforms == 4)
            {
                backend.HadamardTransform(queries, length / 2);
                backend.HadamardTransform(keys, length);
                backend.HadamardTransform(keys, length);
            }

            if (order == 3)
            {
                backend.Rope(keys, length, pairing, of(rotation));
            }

            if (order == 4)
            {
                backend.Write(keys, new float[tokens * keys.Columns]);
            }

            backend.Store(pages, 0, batch, keys, order == 5 ? keys : values);
            backend.Attention(queries, pages, 0, batch, 0.3f, of(y));
        }

        Run(pair.Reference, cache.Reference, tensors => tensors.Reference);
        Run(pair.Other, cache.Other, tensors => tensors.Other);
        Assert.All([q, k, v, y], pair.AssertSame);
    }

    private static void Store(
        BackendPair pair,
        Random random,
        (KeyValueCache Reference, KeyValueCache Other) cache,
        Batch batch,
        Func<Random, int, float[]> values)
    {
        var (width, layer) = Last(cache.Reference.Shape);
        var (k, v) = (pair.Slice(random, batch.Count, width, values), pair.Slice(random, batch.Count, width, values));
        pair.Reference.Store(cache.Reference, layer, batch, k.Reference, v.Reference);
        pair.Other.Store(cache.Other, layer, batch, k.Other, v.Other);
    }

    private static void AssertSameAttention(
        BackendPair pair,
        Random random,
        (KeyValueCache Reference, KeyValueCache Other) cache,
        Batch batch,
        int group,
        float deviation,
        float scale)
    {
        var (width, layer) = Last(cache.Reference.Shape);
        width *= group;
        var odd = random.Next(4) == 0; // Infinities and NaN.
        var q = pair.Slice(
            random, batch.Count, width, (source, count) => odd ? RandomNumbers.Activations(source, count) : RandomNumbers.Normal(source, count, deviation));
        var y = pair.Slice(random, batch.Count, width, (_, count) => new float[count]);
        pair.Reference.Attention(q.Reference, cache.Reference, layer, batch, scale, y.Reference);
        pair.Other.Attention(q.Other, cache.Other, layer, batch, scale, y.Other);
        pair.AssertSame(y);
    }

    /// <summary>Draws a format for keys and values.</summary>
    public static GgmlType AnyType(Random random) => KeyValueShape.Types[random.Next(KeyValueShape.Types.Count)];

    /// <summary>Channels of all heads of the last layer, whose place depends on the number of layers.</summary>
    private static (int Width, int Layer) Last(KeyValueShape shape) => (shape.Heads * shape.HeadLength, shape.Layers - 1);

    private static float[] Normal(Random random, int count) => RandomNumbers.Normal(random, count);
}

using AiKernels.Cache;
using AiKernels.Cpu;
using Xunit;

namespace AiKernels.Tests.Cpu;

public unsafe class QueryTilesTests
{
    [Fact]
    public void A_batch_is_cut_between_sequences_and_after_some_rows()
    {
        var pool = new PagePool(40);
        var (long_, short_) = (new BlockTable(pool, 64), new BlockTable(pool, 64));
        Assert.True(long_.TryReserve(1000) && short_.TryReserve(70));
        var batch = new Batch();
        batch.Add(long_, 900, new int[100]);
        batch.Add(short_, 63, new int[2]);
        using var tiles = new QueryTiles();
        tiles.Cut(batch, group: 6); // 288 / 6 = 48 tokens.

        QueryTile[] expected = [new(0, 48, 900), new(48, 48, 948), new(96, 4, 996), new(100, 2, 63)];
        Assert.Equal(expected, Enumerable.Range(0, tiles.Count).Select(i => tiles[i]));
        Assert.Equal((16, 48), (tiles.MaxSegments, tiles.MaxTokens));
        Assert.Equal((1, 64, 0, 2), (tiles[3].Count(0, 64) + 1, tiles[3].Count(1, 0), tiles[3].Count(0, 64), tiles[3].Segments));
        Assert.Equal((0, 1), (tiles[3].FirstToSee(0), tiles[3].FirstToSee(64)));
    }

    [Fact]
    public void Threads_without_a_tile_get_a_part_of_a_long_context()
    {
        var table = new BlockTable(new PagePool(40), 64);
        Assert.True(table.TryReserve(2000));
        using var tiles = new QueryTiles();
        var batch = new Batch();
        batch.Add(table, 1999, new int[1]);
        tiles.Cut(batch, group: 4);

        Assert.Equal((1, 1, 4, 8), (tiles.Parts(2, 1), tiles.Parts(2, 2), tiles.Parts(2, 8), tiles.Parts(1, 64)));
    }

    [Fact]
    public void A_growing_context_seldom_asks_for_memory()
    {
        using var tiles = new QueryTiles();
        var places = new HashSet<nint>();
        for (var floats = 100_000L; floats < 1_000_000; floats += 10_000)
        {
            var state = tiles.States(floats, 1, 64).Of(0, 0);
            places.Add((nint)state.Maxima);
        }

        // The first, and four doublings until a tenfold fits; an allocator may give a place twice.
        Assert.InRange(places.Count, 1, 5);
    }
}

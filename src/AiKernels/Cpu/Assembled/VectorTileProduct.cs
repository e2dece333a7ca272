namespace AiKernels.Cpu.Assembled;

/// <summary>With dot products of vectors.</summary>
internal sealed unsafe class VectorTileProduct : TileProduct
{
    private readonly Lazy<Routine?>[] _tiles;

    public VectorTileProduct(BlockShape shape, bool wide, RoutineFactory factory)
        : base(new WeightTile(shape, new VectorAssembler(wide).Lanes), factory, wide) =>
        _tiles = [.. Enumerable.Range(1, TileCode.MaxTokens(new VectorAssembler(wide), shape)).Select(tokens =>
            Routine(a => TileCode.Emit(a, Tile, tokens)))];

    public override bool IsReady(int tokens) =>
        base.IsReady(tokens)
        && (tokens < _tiles.Length || _tiles[^1].Value is not null)
        && (tokens % _tiles.Length is var rest && (rest == 0 || _tiles[rest - 1].Value is not null));

    public override void Multiply(in TilePiece piece, byte* records, int tokens, float* y)
    {
        var arguments = stackalloc void*[8];
        arguments[0] = piece.Memory;
        arguments[1] = records;
        arguments[2] = y;
        arguments[3] = (void*)(tokens / _tiles.Length);
        arguments[4] = (void*)piece.Segments;
        arguments[5] = piece.Next;
        arguments[6] = piece.NextEnd;
        arguments[7] = (void*)piece.Stride;
        if (tokens >= _tiles.Length)
        {
            _tiles[^1].Value!.Run(arguments);
        }

        var rest = tokens % _tiles.Length;
        if (rest > 0)
        {
            arguments[1] = records + ((long)(tokens - rest) * Tile.Shape.Input.RecordBytes);
            arguments[2] = y + ((tokens - rest) * Tile.Rows);
            arguments[3] = (void*)1;
            _tiles[rest - 1].Value!.Run(arguments);
        }
    }
}

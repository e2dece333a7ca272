namespace AiKernels.Cpu.Assembled;

/// <summary>With AMX.</summary>
internal sealed unsafe class AmxTileProduct : TileProduct
{
    private readonly Lazy<Routine?> _tiles, _rest;

    public AmxTileProduct(BlockShape shape, RoutineFactory factory)
        : base(new WeightTile(shape, new VectorAssembler(wide: true).Lanes, ForAmx: true), factory, wide: true) =>
        (_tiles, _rest) = (Routine(a => AmxTileCode.Emit(a, Tile)), Routine(a => AmxTileCode.EmitRest(a, Tile)));

    public override int Bytes => Tile.Bytes + AmxTileCode.SumsBytes(Tile);

    public override bool IsReady(int tokens) =>
        base.IsReady(tokens)
        && (tokens < AmxTileCode.Tokens || _tiles.Value is not null)
        && (tokens % AmxTileCode.Tokens == 0 || _rest.Value is not null);

    public override void Multiply(in TilePiece piece, byte* records, int tokens, float* y)
    {
        var rest = tokens % AmxTileCode.Tokens;
        if (tokens > rest)
        {
            Run(_tiles.Value!, piece, records, AmxTileCode.Tokens, tokens / AmxTileCode.Tokens, y);
        }

        if (rest > 0)
        {
            records += (long)(tokens - rest) * Tile.Shape.Input.RecordBytes;
            Run(_rest.Value!, piece, records, rest, rest, y + ((tokens - rest) * Tile.Rows));
        }
    }

    private void Run(Routine routine, in TilePiece piece, byte* records, int tokens, int times, float* y)
    {
        var configuration = AmxTileCode.Configuration(Tile, tokens);
        var hasSecondHalf = tokens > TileConfiguration.MaxRows;
        var arguments = stackalloc void*[AmxTileCode.ArgumentCount];
        arguments[0] = piece.Memory;
        arguments[1] = records;
        arguments[2] = y;
        arguments[3] = (void*)times;
        arguments[4] = (void*)piece.Segments;
        arguments[5] = piece.Next;
        arguments[6] = piece.NextEnd;
        arguments[7] = (void*)piece.Stride;
        arguments[8] = &configuration;
        arguments[9] = (void*)(hasSecondHalf ? TileConfiguration.MaxRows * Tile.Shape.Input.RecordBytes : 0);
        arguments[10] = piece.Memory + Tile.Bytes;
        routine.Run(arguments);
    }
}

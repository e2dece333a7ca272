namespace AiKernels.Cpu.Assembled;

/// <summary>The routines of a format at one register width, each assembled when it is first needed.</summary>
internal sealed class RoutineSet
{
    private readonly Lazy<Routine> _unpack;
    private readonly Lazy<Routine>[] _tiles, _streams;

    public RoutineSet(BlockShape shape, bool wide)
    {
        var assembler = new VectorAssembler(wide);
        var tile = new WeightTile(shape, assembler.Lanes);
        _unpack = Routine.Lazy(wide, a => UnpackTileCode.Emit(a, tile));
        _tiles = [.. Enumerable.Range(1, TileCode.MaxTokens(assembler)).Select(tokens =>
            Routine.Lazy(wide, a => TileCode.Emit(a, tile, tokens)))];
        _streams = [.. Enumerable.Range(1, StreamCode.MaxTokens(assembler, shape)).Select(tokens =>
            Routine.Lazy(wide, a => StreamCode.Emit(a, shape, tokens)))];
    }

    public Routine Unpack => _unpack.Value;

    public Routine Tile(int tokens) => _tiles[tokens - 1].Value;

    public Routine Stream(int tokens) => _streams[tokens - 1].Value;
}

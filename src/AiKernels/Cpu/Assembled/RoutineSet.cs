namespace AiKernels.Cpu.Assembled;

/// <summary>The routines of a format at one register width, each assembled when it is first needed.</summary>
internal sealed class RoutineSet
{
    private readonly bool _wide;
    private readonly Lazy<Routine> _unpack;
    private readonly Lazy<Routine>[] _tiles, _streams;

    public RoutineSet(BlockShape shape, bool wide)
    {
        _wide = wide;
        var assembler = new VectorAssembler(wide);
        var tile = new WeightTile(shape, assembler.Lanes);
        _unpack = Assemble(a => UnpackTileCode.Emit(a, tile));
        _tiles = [.. Enumerable.Range(1, TileCode.MaxTokens(assembler)).Select(tokens =>
            Assemble(a => TileCode.Emit(a, tile, tokens)))];
        _streams = [.. Enumerable.Range(1, StreamCode.MaxPanels).Select(panels =>
            Assemble(a => StreamCode.Emit(a, shape, panels)))];
    }

    public Routine Unpack => _unpack.Value;

    public Routine Tile(int tokens) => _tiles[tokens - 1].Value;

    public Routine Stream(int panels) => _streams[panels - 1].Value;

    // That the system gives executable pages was tried when the instruction set was chosen.
    private Lazy<Routine> Assemble(Action<VectorAssembler> body) => new(() =>
        Routine.TryAssemble(_wide, body) ?? throw new InvalidOperationException("the system gives no more executable memory"));
}

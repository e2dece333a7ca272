using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>Assembles the unpacking of some segments of packed panels into a <see cref="WeightTile"/>.</summary>
/// <remarks>
/// Arguments: the first segment in the first panel, the distance to the same segment in the second panel (0 where there
/// is none: its rows then repeat the first's), the tile, the number of segments.
/// </remarks>
internal sealed class UnpackTileCode
{
    private const Iced.Intel.Register Segment = RCX, Stride = RDX, Codes = RBX, Factors = RSI, Minima = RDI, Scales = R8,
        Segments = R9, Chunk = R10, Chunks = R11, ChunkFactors = R12;

    private const int Operand = 0, Reader = 1;

    private readonly VectorAssembler _a;
    private readonly WeightTile _tile;
    private readonly BlockShape _shape;
    private readonly PanelRows[] _rows;
    private readonly PanelReader _reader;
    private readonly AmxCodes _amx;

    private UnpackTileCode(VectorAssembler a, WeightTile tile)
    {
        _a = a;
        _tile = tile;
        _shape = tile.Shape;
        _rows = PanelRows.Of(tile.Rows / PanelLayout.Rows, tile.Lanes, Stride);
        _reader = new PanelReader(a, _shape, Reader);
        _amx = AmxCodes.Of(a, tile, Reader + _reader.Registers);
    }

    public static void Emit(VectorAssembler a, WeightTile tile) => new UnpackTileCode(a, tile).Emit();

    private void Emit()
    {
        Routine.LoadArguments(_a, Segment, Stride, Codes, Segments);
        _a.LoadAddress(Factors, new Address(Codes, _tile.FactorsAt));
        _a.LoadAddress(Minima, new Address(Codes, _tile.MinimaAt));
        _a.LoadAddress(Scales, new Address(Codes, _tile.ScalesAt));
        _reader.LoadMasks();
        if (_tile.ForAmx)
        {
            _amx.LoadConstants();
        }

        _a.Repeat(Segments, () =>
        {
            _a.Move(Chunk, Segment);
            _a.LoadAddress(ChunkFactors, new Address(Segment, _shape.FactorsAt));
            _a.Repeat(Chunks, _shape.SegmentLength / PanelLayout.Chunk, UnpackChunk);
            ForEachVector(UnpackRows);
            _a.Add(Segment, _shape.SegmentBytes);
            _a.Add(Factors, _shape.Groups * _tile.StepBytes);
            _a.Add(Minima, _shape.Groups / 2 * _tile.StepBytes);
            _a.Add(Scales, _tile.StepBytes);
        });
    }

    private void UnpackChunk()
    {
        var stepsPerGroup = Math.Min(_shape.GroupLength, PanelLayout.Chunk) / PanelLayout.Depth;
        ForEachVector((rows, at) => _reader.Chunk(Chunk, rows, step =>
        {
            var to = new Address(Codes, (step * _tile.StepBytes) + at);
            if (!_tile.ForAmx)
            {
                _a.Store(to, _reader.Code);
                return;
            }

            if (_shape.IsGrouped && step % stepsPerGroup == 0)
            {
                _reader.Factors(Operand, ChunkFactors, step / stepsPerGroup, rows);
                _amx.SetFactors(Operand);
            }

            _amx.Store(to, _reader.Code);
        }));
        _a.Add(Chunk, _shape.ChunkBytes);
        _a.Add(ChunkFactors, PanelLayout.Chunk / PanelLayout.Depth / stepsPerGroup * PanelLayout.Rows);
        _a.Add(Codes, PanelLayout.Chunk / PanelLayout.Depth * _tile.StepBytes);
    }

    /// <summary>What a segment has of each row: factors, minima, scales.</summary>
    private void UnpackRows(PanelRows rows, int at)
    {
        _a.LoadAddress(ChunkFactors, new Address(Segment, _shape.FactorsAt));
        for (var group = 0; _shape.IsGrouped && !_tile.ForAmx && group < _shape.Groups; group++)
        {
            _reader.Factors(Operand, ChunkFactors, group, rows);
            _a.Store(new Address(Factors, (group * _tile.StepBytes) + at), Operand);
        }

        for (var pair = 0; _shape.HasMinimum && pair < _shape.Groups / 2; pair++)
        {
            _reader.MinimaPair(Operand, Segment, pair, rows);
            _a.Store(new Address(Minima, (pair * _tile.StepBytes) + at), Operand);
        }

        _reader.Scales(Operand, Segment, rows);
        _a.Store(new Address(Scales, at), Operand);
        if (_shape.HasMinimum)
        {
            _reader.MinimumScales(Operand, Segment, rows);
            _a.Store(new Address(Scales, _tile.MinimumScalesAt - _tile.ScalesAt + at), Operand);
        }
    }

    private void ForEachVector(Action<PanelRows, int> body)
    {
        for (var vector = 0; vector < _rows.Length; vector++)
        {
            body(_rows[vector], vector * _a.Bytes);
        }
    }
}

using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Assembles the product of consecutive panels with one token: decoding. Packed weights go from memory straight into
/// registers, each byte once.
/// </summary>
/// <remarks>
/// Arguments: the first panel, the number of panels, the token's first record, the distance between its records,
/// y [panels][16], the segments of a row. The loop is that of <see cref="TileCode"/>.
/// </remarks>
internal sealed class StreamCode
{
    // A core keeps too few reads in flight by itself: its own prefetching stops at the end of a page, and a page is read
    // in a tenth of a microsecond. So far ahead is longer than memory takes to answer, and short enough to stay cached.
    private const int PrefetchDistance = 4096;
    private const int CacheLine = 64;

    private const Iced.Intel.Register Segment = RCX, Panels = RDX, Input = RBX, RecordStride = RSI, Y = RDI,
        SegmentsOfRow = RBP, Record = R8, Segments = R9, Chunk = R10, Chunks = R11, Activations = R12, Initials = R13,
        Times = R14, Left = R15, Factors = Routine.Arguments;

    private readonly VectorAssembler _a;
    private readonly BlockShape _shape;
    private readonly PanelRows[] _rows;
    private readonly PanelReader _reader;

    private StreamCode(VectorAssembler a, BlockShape shape)
    {
        _a = a;
        _shape = shape;
        _rows = PanelRows.Of(1, a.Lanes, None);
        _reader = new PanelReader(a, shape, Operand + 2);
    }

    private int Operand => 3 * _rows.Length;

    public static void Emit(VectorAssembler a, BlockShape shape) => new StreamCode(a, shape).Emit();

    // A vector of rows has its result, its sum within a segment and its sum within a group.
    private static int Result(int vector) => 3 * vector;

    private static int Sum(int vector) => (3 * vector) + 1;

    private static int Partial(int vector) => (3 * vector) + 2;

    private void Emit()
    {
        _a.LoadPointer(Segment, new Address(Routine.Arguments));
        _a.LoadPointer(Panels, new Address(Routine.Arguments, 8));
        _a.LoadPointer(Input, new Address(Routine.Arguments, 16));
        _a.LoadPointer(RecordStride, new Address(Routine.Arguments, 24));
        _a.LoadPointer(Y, new Address(Routine.Arguments, 32));
        _a.LoadPointer(SegmentsOfRow, new Address(Routine.Arguments, 40));
        _reader.LoadMasks();
        _a.Repeat(Panels, () =>
        {
            ForEachVector((_, vector) => _a.Zero(Result(vector)));
            _a.Move(Record, Input);
            _a.Move(Left, SegmentsOfRow);
            _a.RepeatUntilZero(Left, MultiplyRecord);
            ForEachVector((_, vector) => _a.Store(new Address(Y, vector * _a.Bytes), Result(vector)));
            _a.Add(Y, PanelLayout.Rows * sizeof(float));
        });
    }

    private void ForEachVector(Action<PanelRows, int> body)
    {
        for (var vector = 0; vector < _rows.Length; vector++)
        {
            body(_rows[vector], vector);
        }
    }

    private void MultiplyRecord()
    {
        _a.LoadAddress(Activations, new Address(Record));
        _a.LoadAddress(Initials, new Address(Record, _shape.Input.InitialsAt));
        _a.LoadAddress(Times, new Address(Record, ActivationLayout.ScalesAt));
        _a.Minimum(Segments, Left, _shape.SegmentsPerRecord);
        _a.Subtract(Left, Segments);
        _a.Repeat(Segments, MultiplySegment);
        _a.Add(Record, RecordStride);
    }

    private void MultiplySegment()
    {
        ForEachVector((_, vector) => Start(Sum(vector), isGroup: !_shape.IsGrouped));
        _a.Move(Chunk, Segment);
        _a.LoadAddress(Factors, new Address(Segment, _shape.FactorsAt));
        _a.Repeat(Chunks, _shape.SegmentLength / PanelLayout.Chunk, () =>
        {
            Prefetch(Chunk, 0, _shape.ChunkBytes);
            ForEachVector(MultiplyChunk);
            var groups = PanelLayout.Chunk / Math.Min(_shape.GroupLength, PanelLayout.Chunk);
            _a.Add(Chunk, _shape.ChunkBytes);
            _a.Add(Activations, PanelLayout.Chunk);
            if (_shape.IsGrouped)
            {
                _a.Add(Initials, groups * sizeof(int));
                _a.Add(Factors, groups * PanelLayout.Rows);
            }
        });

        Prefetch(Segment, _shape.FactorsAt, _shape.SegmentBytes);
        ForEachVector(AddScaled);
        _a.Add(Segment, _shape.SegmentBytes);
        _a.Add(Times, sizeof(float));
        if (!_shape.IsGrouped)
        {
            _a.Add(Initials, sizeof(int));
        }
    }

    private void Prefetch(Iced.Intel.Register from, int start, int end)
    {
        for (var line = start; line < end; line += CacheLine)
        {
            _a.Prefetch(new Address(from, line + PrefetchDistance));
        }
    }

    /// <summary>p += code * a for each step; I += factor * p for each group.</summary>
    private void MultiplyChunk(PanelRows rows, int vector)
    {
        var stepsPerGroup = Math.Min(_shape.GroupLength, PanelLayout.Chunk) / PanelLayout.Depth;
        _reader.Chunk(Chunk, rows, (step, codes) =>
        {
            var group = step / stepsPerGroup;
            if (_shape.IsGrouped && step % stepsPerGroup == 0)
            {
                Start(Partial(vector), isGroup: true, group);
            }

            _a.Broadcast(Operand, new Address(Activations, step * PanelLayout.Depth));
            _a.Dot(_shape.IsGrouped ? Partial(vector) : Sum(vector), codes, Operand);
            if (_shape.IsGrouped && (step + 1) % stepsPerGroup == 0)
            {
                _reader.Factors(Operand, Factors, group, rows);
                _a.MultiplyInt(Partial(vector), Partial(vector), Operand);
                _a.AddInt(Sum(vector), Sum(vector), Partial(vector));
            }
        });
    }

    /// <summary>A group's sum starts at -offset * A, a sum over groups at 0.</summary>
    private void Start(int sum, bool isGroup, int group = 0)
    {
        if (isGroup && _shape.Input.CodeOffset != 0)
        {
            _a.Broadcast(sum, new Address(Initials, group * sizeof(int)));
        }
        else
        {
            _a.Zero(sum);
        }
    }

    /// <summary>y = fma(scale * t, I, y);  y = fma(-(minimumScale * t), sum of minimum * A, y).</summary>
    private void AddScaled(PanelRows rows, int vector)
    {
        var (time, factor, minima) = (Operand, Operand + 1, Partial(vector));
        _reader.Scales(factor, Segment, rows);
        _a.Broadcast(time, new Address(Times));
        _a.Multiply(factor, factor, time);
        _a.ToFloat(Sum(vector), Sum(vector));
        _a.MultiplyAdd(Result(vector), factor, Sum(vector));
        if (!_shape.HasMinimum)
        {
            return;
        }

        _a.Zero(minima);
        for (var pair = 0; pair < _shape.Groups / 2; pair++)
        {
            _reader.MinimaPair(factor, Segment, pair, rows);
            _a.Broadcast(Operand, new Address(Record, _shape.Input.PairsAt + (pair * sizeof(int))));
            _a.PairDot(minima, factor, Operand);
        }

        _reader.MinimumScales(factor, Segment, rows);
        _a.Broadcast(time, new Address(Times));
        _a.Multiply(factor, factor, time);
        _a.ToFloat(minima, minima);
        _a.MultiplySubtract(Result(vector), factor, minima);
    }
}

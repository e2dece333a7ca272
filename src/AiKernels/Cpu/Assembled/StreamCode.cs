using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Assembles the product of a few panels with one token: decoding. Packed weights go from memory through registers, past
/// no cache, and several panels are read side by side, since one stream of reads doesn't fill a core's memory bandwidth.
/// </summary>
/// <remarks>
/// Arguments: the first panel's first segment, the distance between panels, the token's first record, the distance
/// between its records, y [panels][16], the number of records, the number of segments in each.
/// The loop is that of <see cref="TileCode"/>.
/// </remarks>
internal sealed class StreamCode
{
    private const Iced.Intel.Register Segment = RCX, Stride = RDX, Record = RBX, RecordStride = RSI, Y = RDI, Records = RBP,
        SegmentsPerRecord = R8, Segments = R9, Chunk = R10, Chunks = R11, Activations = R12, Initials = R13, Times = R14,
        Factors = R15, Argument = Routine.Arguments, ThreeStrides = Argument;

    /// <summary>As many as addresses can be made from two strides.</summary>
    public const int MaxPanels = 4;

    private readonly VectorAssembler _a;
    private readonly BlockShape _shape;
    private readonly PanelRows[] _rows;
    private readonly PanelReader _reader;

    private StreamCode(VectorAssembler a, BlockShape shape, int panels)
    {
        _a = a;
        _shape = shape;
        _rows = PanelRows.Of(panels, a.Lanes, Stride, ThreeStrides);
        _reader = new PanelReader(a, shape, Operand + 2);
    }

    private int Operand => 3 * _rows.Length;

    public static void Emit(VectorAssembler a, BlockShape shape, int panels) => new StreamCode(a, shape, panels).Emit();

    // A vector of rows has its result, its sum within a segment and its sum within a group.
    private static int Result(int vector) => 3 * vector;

    private static int Sum(int vector) => (3 * vector) + 1;

    private static int Partial(int vector) => (3 * vector) + 2;

    private void Emit()
    {
        _a.LoadPointer(Segment, new Address(Argument));
        _a.LoadPointer(Stride, new Address(Argument, 8));
        _a.LoadPointer(Record, new Address(Argument, 16));
        _a.LoadPointer(RecordStride, new Address(Argument, 24));
        _a.LoadPointer(Y, new Address(Argument, 32));
        _a.LoadPointer(Records, new Address(Argument, 40));
        _a.LoadPointer(SegmentsPerRecord, new Address(Argument, 48));
        _reader.LoadMasks();
        _a.LoadAddress(ThreeStrides, new Address(Stride, 0, Stride, 2));
        ForEachVector((_, vector) => _a.Load(Result(vector), new Address(Y, vector * _a.Bytes)));
        _a.Repeat(Records, () =>
        {
            _a.Move(Activations, Record);
            _a.LoadAddress(Initials, new Address(Record, _shape.Input.InitialsAt));
            _a.LoadAddress(Times, new Address(Record, ActivationLayout.ScalesAt));
            _a.Move(Segments, SegmentsPerRecord);
            _a.Repeat(Segments, MultiplySegment);
            _a.Add(Record, RecordStride);
        });
        ForEachVector((_, vector) => _a.Store(new Address(Y, vector * _a.Bytes), Result(vector)));
    }

    private void ForEachVector(Action<PanelRows, int> body)
    {
        for (var vector = 0; vector < _rows.Length; vector++)
        {
            body(_rows[vector], vector);
        }
    }

    private void MultiplySegment()
    {
        ForEachVector((_, vector) => Start(Sum(vector), isGroup: !_shape.IsGrouped));
        _a.Move(Chunk, Segment);
        if (_shape.IsGrouped)
        {
            _a.LoadAddress(Factors, new Address(Segment, _shape.FactorsAt));
        }

        _a.Repeat(Chunks, _shape.SegmentLength / PanelLayout.Chunk, () =>
        {
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

        ForEachVector(AddScaled);
        _a.Add(Segment, _shape.SegmentBytes);
        _a.Add(Times, sizeof(float));
        if (!_shape.IsGrouped)
        {
            _a.Add(Initials, sizeof(int));
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

using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Assembles the product of consecutive panels with one token or a few: decoding. Packed weights go from memory straight
/// into registers, each byte once.
/// </summary>
/// <remarks>
/// Arguments: the first panel, the number of panels, the first token's first record, the distance from a record to the
/// row's next, y [tokens][16] of the first panel, the distance to the next panel's, the segments of a row.
/// The loop is that of <see cref="TileCode"/>.
/// </remarks>
internal sealed class StreamCode
{
    // A core keeps too few reads in flight by itself: its own prefetching stops at the end of a page, and a page is read
    // in a tenth of a microsecond. So far ahead is longer than memory takes to answer, and short enough to stay cached.
    private const int PrefetchDistance = 8192;
    private const int CacheLine = 64;

    private const Iced.Intel.Register Segment = RCX, Panels = RDX, Input = RBX, RecordStride = RSI, Y = RDI,
        SegmentsOfRow = RBP, Record = R8, Segments = R9, Chunk = R10, Chunks = R11, Activations = R12, Initials = R13,
        Times = R14, Left = R15, Factors = Routine.Arguments;

    private readonly VectorAssembler _a;
    private readonly BlockShape _shape;
    private readonly int _tokens;
    private readonly PanelRows[] _rows;
    private readonly PanelReader _reader;

    private StreamCode(VectorAssembler a, BlockShape shape, int tokens)
    {
        _a = a;
        _shape = shape;
        _tokens = tokens;
        _rows = PanelRows.Of(1, a.Lanes, None);
        _reader = new PanelReader(a, shape, Operand + Operands);
    }

    // A product has its result, its sum within a segment and its sum within a group; then come two operands.
    private const int RegistersOfProduct = 3, Operands = 2;

    private int Operand => RegistersOfProduct * _tokens * _rows.Length;

    /// <summary>As many tokens as have all their sums in registers.</summary>
    public static int MaxTokens(VectorAssembler a, BlockShape shape) =>
        (a.Registers - Operands - new PanelReader(a, shape, 0).Registers) / (RegistersOfProduct * PanelLayout.Rows / a.Lanes);

    public static void Emit(VectorAssembler a, BlockShape shape, int tokens) => new StreamCode(a, shape, tokens).Emit();

    private int Result(int token, int vector) => RegistersOfProduct * ((token * _rows.Length) + vector);

    private int Sum(int token, int vector) => Result(token, vector) + 1;

    private int Partial(int token, int vector) => Result(token, vector) + 2;

    private Address OfToken(Iced.Intel.Register first, int token) => new(first, token * _shape.Input.RecordBytes);

    private Address Output(int token, int vector) => new(Y, (token * PanelLayout.Rows * sizeof(float)) + (vector * _a.Bytes));

    private void Emit()
    {
        _a.LoadPointer(Segment, new Address(Routine.Arguments));
        _a.LoadPointer(Panels, new Address(Routine.Arguments, 8));
        _a.LoadPointer(Input, new Address(Routine.Arguments, 16));
        _a.LoadPointer(RecordStride, new Address(Routine.Arguments, 24));
        _a.LoadPointer(Y, new Address(Routine.Arguments, 32));
        _a.LoadPointer(SegmentsOfRow, new Address(Routine.Arguments, 48));
        _a.LoadPointer(Left, new Address(Routine.Arguments, 40));
        _a.Push(Left); // All registers are taken.
        _reader.LoadMasks();
        _a.Repeat(Panels, () =>
        {
            ForEachProduct((token, vector) => _a.Zero(Result(token, vector)));
            _a.Move(Record, Input);
            _a.Move(Left, SegmentsOfRow);
            _a.RepeatUntilZero(Left, MultiplyRecord);
            ForEachProduct((token, vector) => _a.Store(Output(token, vector), Result(token, vector)));
            _a.LoadPointer(Left, new Address(RSP));
            _a.Add(Y, Left);
        });
        _a.Pop(Left);
    }

    private void ForEachProduct(Action<int, int> body)
    {
        for (var token = 0; token < _tokens; token++)
        {
            for (var vector = 0; vector < _rows.Length; vector++)
            {
                body(token, vector);
            }
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
        ForEachProduct((token, vector) => Start(Sum(token, vector), token, isGroup: !_shape.IsGrouped));
        _a.Move(Chunk, Segment);
        _a.LoadAddress(Factors, new Address(Segment, _shape.FactorsAt));
        _a.Repeat(Chunks, _shape.SegmentLength / PanelLayout.Chunk, () =>
        {
            Prefetch(Chunk, 0, _shape.ChunkBytes);
            for (var vector = 0; vector < _rows.Length; vector++)
            {
                MultiplyChunk(vector);
            }

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
        for (var vector = 0; vector < _rows.Length; vector++)
        {
            AddScaled(vector);
        }

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
    private void MultiplyChunk(int vector)
    {
        var stepsPerGroup = Math.Min(_shape.GroupLength, PanelLayout.Chunk) / PanelLayout.Depth;
        _reader.Chunk(Chunk, _rows[vector], (step, codes) =>
        {
            var group = step / stepsPerGroup;
            var isFirst = step % stepsPerGroup == 0;
            for (var token = 0; token < _tokens; token++)
            {
                if (_shape.IsGrouped && isFirst)
                {
                    Start(Partial(token, vector), token, isGroup: true, group);
                }

                var activation = Operand + (token % Operands);
                _a.Broadcast(activation, OfToken(Activations, token) + (step * PanelLayout.Depth));
                _a.Dot(_shape.IsGrouped ? Partial(token, vector) : Sum(token, vector), codes, activation);
            }

            if (_shape.IsGrouped && (step + 1) % stepsPerGroup == 0)
            {
                MultiplyByFactors(vector, group);
            }
        });
    }

    private void MultiplyByFactors(int vector, int group)
    {
        _reader.Factors(Operand, Factors, group, _rows[vector]);
        for (var token = 0; token < _tokens; token++)
        {
            _a.MultiplyInt(Partial(token, vector), Partial(token, vector), Operand);
            _a.AddInt(Sum(token, vector), Sum(token, vector), Partial(token, vector));
        }
    }

    /// <summary>A group's sum starts at -offset * A, a sum over groups at 0.</summary>
    private void Start(int sum, int token, bool isGroup, int group = 0)
    {
        if (isGroup && _shape.Input.CodeOffset != 0)
        {
            _a.Broadcast(sum, OfToken(Initials, token) + (group * sizeof(int)));
        }
        else
        {
            _a.Zero(sum);
        }
    }

    /// <summary>y = fma(scale * t, I, y);  y = fma(-(minimumScale * t), sum of minimum * A, y).</summary>
    private void AddScaled(int vector)
    {
        _reader.Scales(Operand, Segment, _rows[vector]);
        AddProducts(vector, Sum, _a.MultiplyAdd);
        if (_shape.HasMinimum)
        {
            SumMinima(vector);
            _reader.MinimumScales(Operand, Segment, _rows[vector]);
            AddProducts(vector, Partial, _a.MultiplySubtract);
        }
    }

    private void AddProducts(int vector, Func<int, int, int> sum, Action<int, int, int> add)
    {
        for (var token = 0; token < _tokens; token++)
        {
            _a.Broadcast(Operand + 1, OfToken(Times, token));
            _a.Multiply(Operand + 1, Operand, Operand + 1);
            _a.ToFloat(sum(token, vector), sum(token, vector));
            add(Result(token, vector), Operand + 1, sum(token, vector));
        }
    }

    private void SumMinima(int vector)
    {
        for (var pair = 0; pair < _shape.Groups / 2; pair++)
        {
            _reader.MinimaPair(Operand, Segment, pair, _rows[vector]);
            for (var token = 0; token < _tokens; token++)
            {
                if (pair == 0)
                {
                    _a.Zero(Partial(token, vector));
                }

                _a.Broadcast(Operand + 1, OfToken(Record, token) + (_shape.Input.PairsAt + (pair * sizeof(int))));
                _a.PairDot(Partial(token, vector), Operand, Operand + 1);
            }
        }
    }
}

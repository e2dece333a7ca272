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
/// </remarks>
internal sealed class StreamCode : ProductCode
{
    // A core keeps too few reads in flight by itself: its own prefetching stops at the end of a page, and a page is read
    // in a tenth of a microsecond. So far ahead is longer than memory takes to answer, and short enough to stay cached.
    private const int PrefetchDistance = 8192;
    private const int CacheLine = 64;

    // A product has its result, its sum within a segment and its sum within a group; then come two operands.
    private const int RegistersOfProduct = 3, Operands = 2;

    private const Iced.Intel.Register SegmentAt = RCX, Panels = RDX, Input = RBX, RecordStride = RSI, Y = RDI,
        SegmentsOfRow = RBP, Segments = R12, Chunk = R13, Chunks = R14, Left = R15, Factors = Routine.Arguments;

    private readonly PanelRows[] _rows;
    private readonly PanelReader _reader;

    private StreamCode(VectorAssembler a, BlockShape shape, int tokens)
        : base(a, shape, tokens, PanelLayout.Rows / a.Lanes)
    {
        _rows = PanelRows.Of(1, a.Lanes, None);
        _reader = new PanelReader(a, shape, Operand + 1);
        Sums = GroupSums.Of(a, shape, Operand + 1 + _reader.Registers);
    }

    protected override GroupSums Sums { get; }

    protected override int Operand => Factor(0) + 1;

    protected override int Scratch => Operand;

    protected override bool IsWithinGroup => Shape.InputsPerSum > PanelLayout.Chunk;

    /// <summary>As many tokens as have all their sums in registers.</summary>
    public static int MaxTokens(VectorAssembler a, BlockShape shape)
    {
        var others = Operands + new PanelReader(a, shape, 0).Registers + GroupSums.Of(a, shape, 0).Registers;
        return (a.Registers - others) / (RegistersOfProduct * PanelLayout.Rows / a.Lanes);
    }

    public static void Emit(VectorAssembler a, BlockShape shape, int tokens) => new StreamCode(a, shape, tokens).Emit();

    protected override int Result(int token, int vector) => RegistersOfProduct * ((token * Vectors.Length) + vector);

    protected override int Sum(int token, int vector) => Result(token, vector) + 1;

    protected override int Partial(int token, int vector) => Result(token, vector) + (Shape.IsGrouped ? 2 : 1);

    protected override int Codes(int vector) => _reader.Code;

    protected override int Factor(int vector) => RegistersOfProduct * Tokens * Vectors.Length;

    protected override void LoadFactors(int vector, int group) => _reader.Factors(Factor(vector), Factors, group, _rows[vector]);

    protected override void LoadScales(int vector) => _reader.Scales(Factor(vector), SegmentAt, _rows[vector]);

    protected override void LoadMinima(int vector, int pair) => _reader.MinimaPair(Factor(vector), SegmentAt, pair, _rows[vector]);

    protected override void LoadMinimumScales(int vector) => _reader.MinimumScales(Factor(vector), SegmentAt, _rows[vector]);

    private void Emit()
    {
        var distance = Left;
        Routine.LoadArguments(Assembler, SegmentAt, Panels, Input, RecordStride, Y, distance, SegmentsOfRow);
        Assembler.Push(distance); // All registers are taken.
        _reader.LoadMasks();
        Sums.LoadConstants();
        Assembler.Repeat(Panels, () =>
        {
            ForEachProduct(Vectors, (token, vector) => Assembler.Zero(Result(token, vector)));
            Assembler.Move(Record, Input);
            Assembler.Move(Left, SegmentsOfRow);
            Assembler.RepeatUntilZero(Left, MultiplyRecord);
            ForEachProduct(Vectors, (token, vector) => Assembler.Store(
                new Address(Y, (token * PanelLayout.Rows * sizeof(float)) + (vector * Assembler.Bytes)), Result(token, vector)));
            Assembler.LoadPointer(distance, new Address(RSP));
            Assembler.Add(Y, distance);
        });
        Assembler.Pop(distance);
    }

    private void MultiplyRecord()
    {
        BeginRecord();
        Assembler.Minimum(Segments, Left, Shape.SegmentsPerRecord);
        Assembler.Subtract(Left, Segments);
        Assembler.Repeat(Segments, MultiplySegment);
        Assembler.Add(Record, RecordStride);
    }

    private void MultiplySegment()
    {
        if (Shape.IsGrouped)
        {
            ForEachProduct(Vectors, (token, vector) => Assembler.Zero(Sum(token, vector)));
        }
        else if (IsWithinGroup)
        {
            Start(Vectors, 0);
        }

        Assembler.Move(Chunk, SegmentAt);
        Assembler.LoadAddress(Factors, new Address(SegmentAt, Shape.FactorsAt));
        Assembler.Repeat(Chunks, Shape.SegmentLength / PanelLayout.Chunk, MultiplyChunk);
        Prefetch(SegmentAt, Shape.FactorsAt, Shape.SegmentBytes);
        foreach (var vector in Vectors)
        {
            AddScaled([vector]);
        }

        Assembler.Add(SegmentAt, Shape.SegmentBytes);
        Assembler.Add(Times, sizeof(float));
        if (!Shape.IsGrouped)
        {
            Assembler.Add(Initials, sizeof(int));
        }
    }

    private void MultiplyChunk()
    {
        Prefetch(Chunk, 0, Shape.ChunkBytes);
        foreach (var vector in Vectors)
        {
            _reader.Chunk(Chunk, _rows[vector], step => MultiplyStep([vector], step));
        }

        Assembler.Add(Chunk, Shape.ChunkBytes);
        Assembler.Add(Activations, PanelLayout.Chunk);
        if (Shape.IsGrouped)
        {
            var groups = PanelLayout.Chunk / Shape.GroupLength;
            Assembler.Add(Initials, groups * sizeof(int));
            Assembler.Add(Factors, groups * PanelLayout.Rows);
        }
    }

    private void Prefetch(Iced.Intel.Register from, int start, int end)
    {
        for (var line = start; line < end; line += CacheLine)
        {
            Assembler.Prefetch(new Address(from, line + PrefetchDistance));
        }
    }
}

using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Assembles the product of a <see cref="WeightTile"/> with tokens, a few at a time: prefill, and decoding of many
/// sequences together.
/// </summary>
/// <remarks>
/// Arguments: the tile, the first token's record, y [tokens][rows], how often so many tokens, the number of segments,
/// what will be read from memory next, its end, and the distance to what will be read of a second panel.
/// </remarks>
internal sealed class TileCode : ProductCode
{
    private const Iced.Intel.Register Tile = RBX, Y = RDI, Tiles = RBP, NextEnd = RDX, CodesAt = RCX, Factors = RSI,
        Scales = R12, SegmentCounter = R13, GroupCounter = R14, SecondNext = R15, Next = Routine.Arguments;

    private readonly WeightTile _tile;
    private readonly NextPiece _next;

    private TileCode(VectorAssembler a, WeightTile tile, int tokens)
        : base(a, tile.Shape, tokens, WeightTile.Vectors)
    {
        _tile = tile;
        _next = new NextPiece(a, tile.Shape, Next, NextEnd, SecondNext);
        Sums = GroupSums.Of(a, tile.Shape, Others);
    }

    protected override GroupSums Sums { get; }

    protected override int Operand => Codes(WeightTile.Vectors);

    protected override int Scratch => Operand + 1;

    // The registers behind the products': of the sums, of rows, of tokens.
    private int Others => 2 * Products;

    private int Products => Tokens * WeightTile.Vectors;

    /// <summary>Products in flight hide their latency; the registers set the limit: two sums for each, and a few operands.</summary>
    public static int MaxTokens(VectorAssembler a, BlockShape shape)
    {
        var sums = GroupSums.Of(a, shape, 0);
        var operands = (WeightTile.Vectors * sums.RegistersOfCodes) + 2 + sums.Registers;
        return Math.Min(6, (a.Registers - operands) / (2 * WeightTile.Vectors));
    }

    public static void Emit(VectorAssembler a, WeightTile tile, int tokens) => new TileCode(a, tile, tokens).Emit();

    // Of a product's two registers one is the group's sum and the other, where segments have many groups, the segment's;
    // then its result is fetched where the group's sum no longer is. Where they have one, the other is the result.
    protected override int Partial(int token, int vector) => (token * WeightTile.Vectors) + vector;

    protected override int Sum(int token, int vector) => Partial(token, vector) + (Shape.IsGrouped ? Products : 0);

    protected override int Result(int token, int vector) => Partial(token, vector) + (Shape.IsGrouped ? 0 : Products);

    protected override int Codes(int vector) => Factor(0) + (vector * Sums.RegistersOfCodes);

    protected override int Factor(int vector) => Others + Sums.Registers + vector;

    protected override void LoadFactors(int vector, int group) => Load(vector, Factors, group * _tile.StepBytes);

    protected override void LoadScales(int vector) => Load(vector, Scales, 0);

    protected override void LoadMinima(int vector, int pair) => Load(vector, Tile, _tile.MinimaAt + (pair * _tile.StepBytes));

    protected override void LoadMinimumScales(int vector) => Load(vector, Scales, _tile.MinimumScalesAt - _tile.ScalesAt);

    private void Load(int vector, Iced.Intel.Register from, int displacement) =>
        Assembler.Load(Factor(vector), new Address(from, displacement + (vector * Assembler.Bytes)));

    private void Emit()
    {
        Sums.LoadConstants();
        Routine.LoadArguments(Assembler, Tile, Record, Y, Tiles, SegmentCounter, Next, NextEnd, SecondNext);
        Assembler.Push(SegmentCounter); // All registers are taken.
        Assembler.Repeat(Tiles, () =>
        {
            Assembler.Move(CodesAt, Tile);
            Assembler.LoadAddress(Factors, new Address(Tile, _tile.FactorsAt));
            Assembler.LoadAddress(Scales, new Address(Tile, _tile.ScalesAt));
            BeginRecord();
            Assembler.LoadPointer(SegmentCounter, new Address(RSP));
            if (Shape.IsGrouped)
            {
                Assembler.Repeat(SegmentCounter, Segment);
            }
            else
            {
                LoadResults();
                Assembler.Repeat(SegmentCounter, SegmentOfOneGroup);
                StoreResults();
            }

            Assembler.Add(Record, Tokens * Shape.Input.RecordBytes);
            Assembler.Add(Y, Tokens * _tile.StepBytes);
        });
        Assembler.Pop(SegmentCounter);
    }

    private void LoadResults() =>
        ForEachProduct(Vectors, (token, vector) => Assembler.Load(Result(token, vector), ResultAt(token, vector)));

    private void StoreResults() =>
        ForEachProduct(Vectors, (token, vector) => Assembler.Store(ResultAt(token, vector), Result(token, vector)));

    private Address ResultAt(int token, int vector) => new(Y, (token * _tile.StepBytes) + (vector * Assembler.Bytes));

    private void Segment()
    {
        ForEachProduct(Vectors, (token, vector) => Assembler.Zero(Sum(token, vector)));
        Assembler.Repeat(GroupCounter, Shape.Groups, () =>
        {
            Group();
            Assembler.Add(Factors, _tile.StepBytes);
        });
        LoadResults();
        AddScaled(Vectors);
        StoreResults();
        EndSegment();
    }

    private void SegmentOfOneGroup()
    {
        Group();
        AddScaled(Vectors);
        EndSegment();
    }

    private void EndSegment()
    {
        Assembler.Add(Scales, _tile.StepBytes);
        Assembler.Add(Times, sizeof(float));
    }

    private void Group()
    {
        _next.Fetch(2 * Shape.Input.Groups); // Within two tiles of tokens.
        for (var step = 0; step < Shape.GroupLength / PanelLayout.Depth; step++)
        {
            foreach (var vector in Vectors)
            {
                Assembler.Load(Codes(vector), new Address(CodesAt, (step * _tile.StepBytes) + (vector * Assembler.Bytes)));
            }

            MultiplyStep(Vectors, step);
        }

        Assembler.Add(CodesAt, Shape.GroupLength / PanelLayout.Depth * _tile.StepBytes);
        Assembler.Add(Activations, Shape.GroupLength);
        Assembler.Add(Initials, sizeof(int));
    }
}

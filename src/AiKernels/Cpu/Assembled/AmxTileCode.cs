using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>Assembles the product of a <see cref="WeightTile"/> with 32 tokens at a time, or with fewer, on AMX: prefill.</summary>
/// <remarks>
/// The loop it stands for, where a unit is 32 tokens and a segment:
/// <code>
/// for each unit:  H = 0;  for each step of 64 inputs (or 32):  H += high * a       four tiles of 16 tokens x 16 rows
///                 L = 0;  for each step:  L += low * a
///     y = fma(scale * t, 2^shift * H + L, y);  y = fma(-(minimumScale * t), sum of minimum * A, y)
/// </code>
/// and, without group factors, L alone. A unit's sums go from tiles through memory into vectors, which takes long, so they
/// are added to y while the next unit's products are made: after each product, those of some tokens. Activations are read
/// straight from their records: a row of a tile is a token.
/// <para>
/// Arguments: the tile, the first token's record, y [tokens][rows], how often 32 tokens (or how many, if they are fewer),
/// the number of segments, the three of <see cref="NextPiece"/>, the <see cref="TileConfiguration"/>, the distance from
/// the first half of the tokens to the second one's records, the sums' memory, and two for the routine's own use. It
/// changes its arguments.
/// </para>
/// </remarks>
internal sealed class AmxTileCode
{
    /// <summary>Tokens of a unit: with two tiles of tokens and two of rows, all that is loaded serves two products.</summary>
    public const int Tokens = Halves * TileConfiguration.MaxRows;

    /// <summary>
    /// With fewer tokens vectors should be faster, whose codes unpack faster (two panels of Q4_K in 64 ns, not 115, of Q6_K
    /// in 79, not 238, on one core of an AMD EPYC, Zen 5) and whose sums wait for nothing. An estimate: it awaits measuring
    /// on a processor with AMX.
    /// </summary>
    public const int MinTokens = 16;

    /// <summary>Arguments of the routine.</summary>
    public const int ArgumentCount = 13;

    private const int Halves = 2, Vectors = WeightTile.Vectors, CacheLine = 64;

    // Where arguments are that the routine reads more than once.
    private const int RecordAt = 8, YAt = 16, TimesAt = 24, SegmentsAt = 32, HalfAt = 72, UnitScalesAt = 88, UnitTimesAt = 96;

    // Tiles: the sums come first; then the activations of a half of the tokens; then the weights of a vector of rows.
    private const int Activations = 4, Weights = 6;

    private const Iced.Intel.Register FirstHalf = RCX, SecondHalf = RDX, Weight = RBX, Sums = RSI, Scales = RDI, Times = RBP,
        Y = R8, PastSums = R9, RecordStride = R10, RowStride = R11, Counter = R12, Next = R13, NextEnd = R14,
        SecondNext = R15, Argument = Routine.Arguments;

    private readonly VectorAssembler _a;
    private readonly TileAssembler _tiles;
    private readonly WeightTile _tile;
    private readonly BlockShape _shape;
    private readonly NextPiece _next;
    private readonly AmxSums _sums;

    private AmxTileCode(VectorAssembler a, WeightTile tile)
    {
        _a = a;
        _tiles = new TileAssembler(a);
        _tile = tile;
        _shape = tile.Shape;
        _next = new NextPiece(a, tile.Shape, Next, NextEnd, SecondNext);
        _sums = new AmxSums(a, tile, PastSums, Scales, Times, Y);
    }

    /// <summary>Inputs of a tile of activations.</summary>
    private int Depth => Math.Min(_shape.SegmentLength, TileConfiguration.MaxRowBytes);

    private int Steps => _shape.SegmentLength / Depth;

    private int Passes => _shape.IsGrouped ? 2 : 1;

    private int Products => Passes * Steps * Halves * Vectors;

    /// <summary>Whether Quant, or the two parts of GroupScale * Quant, are signed bytes.</summary>
    public static bool Supports(BlockShape shape) => !shape.IsGrouped || shape.CodeBits <= 6;

    /// <summary>Memory for two units' sums.</summary>
    public static int SumsBytes(WeightTile tile) => 2 * AmxSums.Bytes(tile);

    /// <summary>The sizes of tiles for so many tokens of a unit.</summary>
    public static TileConfiguration Configuration(WeightTile tile, int tokens)
    {
        var configuration = default(TileConfiguration);
        var depth = Math.Min(tile.Shape.SegmentLength, TileConfiguration.MaxRowBytes);
        for (var half = 0; half < Halves; half++)
        {
            // Without a second half, a token of the first one takes part twice: no tile may be empty.
            var rows = Math.Clamp(tokens - (half * TileConfiguration.MaxRows), 1, TileConfiguration.MaxRows);
            configuration.Set(Activations + half, rows, depth);
            for (var vector = 0; vector < Vectors; vector++)
            {
                configuration.Set(Sum(half, vector), rows, TileConfiguration.MaxRowBytes);
                configuration.Set(Weights + vector, depth / PanelLayout.Depth, TileConfiguration.MaxRowBytes);
            }
        }

        return configuration;
    }

    /// <summary>Any number of times 32 tokens.</summary>
    public static void Emit(VectorAssembler a, WeightTile tile) => new AmxTileCode(a, tile).Emit();

    /// <summary>Fewer than 32 tokens.</summary>
    public static void EmitRest(VectorAssembler a, WeightTile tile) => new AmxTileCode(a, tile).EmitRest();

    private static int Sum(int half, int vector) => (half * Vectors) + vector;

    private void Emit()
    {
        Begin();
        // No unit comes before the first: what is added then is anything, to memory that nobody reads.
        _a.LoadPointer(Times, new Address(Argument, RecordAt));
        _a.LoadAddress(Scales, new Address(Weight, _tile.ScalesAt));
        _a.Move(Y, PastSums);
        _a.LoadPointer(Counter, new Address(Argument, TimesAt));
        _a.Repeat(Counter, () =>
        {
            _a.Push(Counter);
            BeginTokens();
            _a.LoadPointer(Counter, new Address(Argument, SegmentsAt));
            _a.Repeat(Counter, () =>
            {
                _sums.LoadScales();
                Multiply(AddPastSums);
                EndUnit();
            });
            _a.Pop(Counter);
            _a.Add(new Address(Argument, RecordAt), Tokens * _shape.Input.RecordBytes);
            _a.Add(new Address(Argument, YAt), Tokens * _tile.StepBytes);
        });
        _a.Move(Counter, Tokens);
        _sums.AddAll(Counter);
        _tiles.Release();
    }

    private void EmitRest()
    {
        Begin();
        BeginTokens();
        _a.LoadPointer(Counter, new Address(Argument, SegmentsAt));
        _a.Repeat(Counter, () =>
        {
            Multiply(_ => { });
            EndUnit();
            _a.Push(Counter);
            _a.Push(PastSums);
            _a.LoadPointer(Counter, new Address(Argument, TimesAt));
            _sums.AddAll(Counter);
            _a.Pop(PastSums);
            _a.Pop(Counter);
        });
        _tiles.Release();
    }

    private void Begin()
    {
        _a.LoadPointer(Counter, new Address(Argument, 64));
        _tiles.Configure(new Address(Counter));
        _a.LoadPointer(Sums, new Address(Argument, 80));
        _a.LoadAddress(PastSums, new Address(Sums, AmxSums.Bytes(_tile)));
        _a.Move(RecordStride, _shape.Input.RecordBytes);
        _a.Move(RowStride, _tile.StepBytes);
        _a.LoadPointer(Weight, new Address(Argument));
        _sums.LoadMinima(Weight);
        _a.LoadPointer(Next, new Address(Argument, 40));
        _a.LoadPointer(NextEnd, new Address(Argument, 48));
        _a.LoadPointer(SecondNext, new Address(Argument, 56));
    }

    private void BeginTokens()
    {
        _a.LoadPointer(Weight, new Address(Argument));
        _a.LoadAddress(Counter, new Address(Weight, _tile.ScalesAt));
        _a.StorePointer(new Address(Argument, UnitScalesAt), Counter);
        _a.LoadPointer(FirstHalf, new Address(Argument, RecordAt));
        _a.LoadAddress(Counter, new Address(FirstHalf, ActivationLayout.ScalesAt));
        _a.StorePointer(new Address(Argument, UnitTimesAt), Counter);
        _a.LoadPointer(SecondHalf, new Address(Argument, HalfAt));
        _a.Add(SecondHalf, FirstHalf);
    }

    /// <summary>The unit becomes the past one.</summary>
    private void EndUnit()
    {
        _a.LoadPointer(Scales, new Address(Argument, UnitScalesAt));
        _a.LoadPointer(Times, new Address(Argument, UnitTimesAt));
        _a.LoadPointer(Y, new Address(Argument, YAt));
        _a.Exchange(Sums, PastSums);
        _a.Add(new Address(Argument, UnitScalesAt), _tile.StepBytes);
        _a.Add(new Address(Argument, UnitTimesAt), sizeof(float));
        _a.Add(Weight, _shape.SegmentLength / PanelLayout.Depth * _tile.StepBytes);
        _a.Add(FirstHalf, _shape.SegmentLength);
        _a.Add(SecondHalf, _shape.SegmentLength);
    }

    /// <summary>All products of a unit, high parts first.</summary>
    private void Multiply(Action<int> afterProduct)
    {
        _next.Fetch(2 * _shape.SegmentsPerRecord); // Within two units a segment.
        var product = 0;
        for (var pass = 0; pass < Passes; pass++)
        {
            ForEachTile((half, vector) => _tiles.Zero(Sum(half, vector)));
            for (var step = 0; step < Steps; step++)
            {
                var input = step * Depth;
                var weight = (input / PanelLayout.Depth * _tile.StepBytes) + (Passes - pass == 2 ? _tile.HighAt : 0);
                ForEachTile((half, vector) =>
                {
                    if (vector == 0)
                    {
                        var activations = half == 0 ? FirstHalf : SecondHalf;
                        _tiles.Load(Activations + half, new Address(activations, input, RecordStride));
                    }

                    if (half == 0)
                    {
                        _tiles.Load(Weights + vector, new Address(Weight, weight + (vector * _a.Bytes), RowStride));
                    }

                    _tiles.Dot(Sum(half, vector), Activations + half, Weights + vector);
                    afterProduct(product++);
                });
            }

            ForEachTile((half, vector) =>
            {
                var row = (pass * Tokens) + (half * TileConfiguration.MaxRows);
                _tiles.Store(new Address(Sums, (row * _tile.StepBytes) + (vector * _a.Bytes), RowStride), Sum(half, vector));
            });
        }
    }

    private static void ForEachTile(Action<int, int> body)
    {
        for (var half = 0; half < Halves; half++)
        {
            for (var vector = 0; vector < Vectors; vector++)
            {
                body(half, vector);
            }
        }
    }

    /// <summary>The past unit's sums of some tokens; the same tokens' records of the unit after this one come closer.</summary>
    private void AddPastSums(int product)
    {
        var tokens = Tokens / Products;
        var lines = ((_shape.Input.RecordBytes / _shape.SegmentsPerRecord) + CacheLine - 1) / CacheLine;
        for (var token = product * tokens; token < (product + 1) * tokens; token++)
        {
            _sums.Add(token);
            for (var line = 0; line < lines; line++)
            {
                _a.Prefetch(new Address(FirstHalf, ((Tokens + token) * _shape.Input.RecordBytes) + (line * CacheLine)));
            }
        }
    }
}

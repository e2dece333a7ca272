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
/// The loop it stands for, for each row and token:
/// <code>
/// for each segment:  I = 0
///     for each group:  p = -offset * A;  for each step: p += code * a;  I += factor * p
///     y = fma(scale * t, I, y);  y = fma(-(minimumScale * t), sum of minimum * A, y)
/// </code>
/// </remarks>
internal sealed class TileCode
{
    private const Iced.Intel.Register Tile = RBX, Record = RSI, Y = RDI, Tiles = RBP, NextEnd = RDX,
        Codes = RCX, Factors = R8, Scales = R9, Activations = R10, Initials = R11, Times = R12,
        SegmentCounter = R13, GroupCounter = R14, SecondNext = R15, Next = Routine.Arguments;

    private readonly VectorAssembler _a;
    private readonly WeightTile _tile;
    private readonly BlockShape _shape;
    private readonly NextPiece _next;
    private readonly int _tokens;

    private TileCode(VectorAssembler a, WeightTile tile, int tokens)
    {
        _a = a;
        _tile = tile;
        _shape = tile.Shape;
        _next = new NextPiece(a, tile.Shape, Next, NextEnd, SecondNext);
        _tokens = tokens;
    }

    /// <summary>Products in flight hide their latency; the registers set the limit: two sums for each, and a few operands.</summary>
    public static int MaxTokens(VectorAssembler a) => Math.Min(6, (a.Registers - 4) / (2 * WeightTile.Vectors));

    private int Products => _tokens * WeightTile.Vectors;

    private int Operand => 2 * Products;

    public static void Emit(VectorAssembler a, WeightTile tile, int tokens) => new TileCode(a, tile, tokens).Emit();

    // Registers: a product's sum within a group, its sum within a segment, and, where segments have one group, which
    // then is the same, its result.
    private int Partial(int token, int vector) => (token * WeightTile.Vectors) + vector;

    private int Second(int token, int vector) => Products + Partial(token, vector);

    private void Emit()
    {
        _a.LoadPointer(Tile, new Address(Routine.Arguments));
        _a.LoadPointer(Record, new Address(Routine.Arguments, 8));
        _a.LoadPointer(Y, new Address(Routine.Arguments, 16));
        _a.LoadPointer(Tiles, new Address(Routine.Arguments, 24));
        _a.LoadPointer(SegmentCounter, new Address(Routine.Arguments, 32));
        _next.Load(new Address(Routine.Arguments, 40));
        _a.Push(SegmentCounter); // All registers are taken.
        _a.Repeat(Tiles, () =>
        {
            _a.Move(Codes, Tile);
            _a.LoadAddress(Factors, new Address(Tile, _tile.FactorsAt));
            _a.LoadAddress(Scales, new Address(Tile, _tile.ScalesAt));
            _a.Move(Activations, Record);
            _a.LoadAddress(Initials, new Address(Record, _shape.Input.InitialsAt));
            _a.LoadAddress(Times, new Address(Record, ActivationLayout.ScalesAt));
            if (!_shape.IsGrouped)
            {
                ForEachProduct((token, vector) => _a.Load(Second(token, vector), Result(token, vector)));
            }

            _a.LoadPointer(SegmentCounter, new Address(RSP));
            _a.Repeat(SegmentCounter, Segment);
            if (!_shape.IsGrouped)
            {
                ForEachProduct((token, vector) => _a.Store(Result(token, vector), Second(token, vector)));
            }

            _a.Add(Record, _tokens * _shape.Input.RecordBytes);
            _a.Add(Y, _tokens * _tile.StepBytes);
        });
        _a.Pop(SegmentCounter);
    }

    private Address Result(int token, int vector) => new(Y, (token * _tile.StepBytes) + (vector * _a.Bytes));

    private Address OfToken(Iced.Intel.Register first, int token) => new(first, token * _shape.Input.RecordBytes);

    private void ForEachProduct(Action<int, int> body)
    {
        for (var token = 0; token < _tokens; token++)
        {
            for (var vector = 0; vector < WeightTile.Vectors; vector++)
            {
                body(token, vector);
            }
        }
    }

    private void Segment()
    {
        if (!_shape.IsGrouped)
        {
            Group();
            AddScaled(Partial);
        }
        else
        {
            ForEachProduct((token, vector) => _a.Zero(Second(token, vector)));
            _a.Repeat(GroupCounter, _shape.Groups, () =>
            {
                Group();
                MultiplyByFactors();
            });
            AddScaled(Second);
        }

        _a.Add(Scales, _tile.StepBytes);
        _a.Add(Times, sizeof(float));
    }

    /// <summary>p = -offset * A;  p += code * a for each step.</summary>
    private void Group()
    {
        _next.Fetch(2 * _shape.Input.Groups); // Within two tiles of tokens.
        StartSums();
        for (var step = 0; step < _shape.GroupLength / PanelLayout.Depth; step++)
        {
            for (var vector = 0; vector < WeightTile.Vectors; vector++)
            {
                _a.Load(Operand + vector, new Address(Codes, (step * _tile.StepBytes) + (vector * _a.Bytes)));
            }

            for (var token = 0; token < _tokens; token++)
            {
                var activation = Operand + WeightTile.Vectors + (token % 2);
                _a.Broadcast(activation, OfToken(Activations, token) + (step * PanelLayout.Depth));
                for (var vector = 0; vector < WeightTile.Vectors; vector++)
                {
                    _a.Dot(Partial(token, vector), Operand + vector, activation);
                }
            }
        }

        _a.Add(Codes, _shape.GroupLength / PanelLayout.Depth * _tile.StepBytes);
        _a.Add(Activations, _shape.GroupLength);
        _a.Add(Initials, sizeof(int));
    }

    private void StartSums()
    {
        if (_shape.Input.CodeOffset == 0)
        {
            ForEachProduct((token, vector) => _a.Zero(Partial(token, vector)));
            return;
        }

        for (var token = 0; token < _tokens; token++)
        {
            _a.Broadcast(Partial(token, 0), OfToken(Initials, token));
            for (var vector = 1; vector < WeightTile.Vectors; vector++)
            {
                _a.Move(Partial(token, vector), Partial(token, 0));
            }
        }
    }

    /// <summary>I += factor * p.</summary>
    private void MultiplyByFactors()
    {
        for (var vector = 0; vector < WeightTile.Vectors; vector++)
        {
            _a.Load(Operand + vector, new Address(Factors, vector * _a.Bytes));
        }

        ForEachProduct((token, vector) =>
        {
            _a.MultiplyInt(Partial(token, vector), Partial(token, vector), Operand + vector);
            _a.AddInt(Second(token, vector), Second(token, vector), Partial(token, vector));
        });
        _a.Add(Factors, _tile.StepBytes);
    }

    /// <summary>y = fma(scale * t, I, y);  y = fma(-(minimumScale * t), sum of minimum * A, y).</summary>
    private void AddScaled(Func<int, int, int> sum)
    {
        // With one group the results stand in registers, else they are fetched where the partial sums no longer are.
        var result = _shape.IsGrouped ? (Func<int, int, int>)Partial : Second;
        if (_shape.IsGrouped)
        {
            ForEachProduct((token, vector) => _a.Load(result(token, vector), Result(token, vector)));
        }

        AddProducts(_tile.ScalesAt, sum, result, _a.MultiplyAdd);
        if (_shape.HasMinimum)
        {
            SumMinima(sum);
            AddProducts(_tile.MinimumScalesAt, sum, result, _a.MultiplySubtract);
        }

        if (_shape.IsGrouped)
        {
            ForEachProduct((token, vector) => _a.Store(Result(token, vector), result(token, vector)));
        }
    }

    private void AddProducts(int scalesAt, Func<int, int, int> sum, Func<int, int, int> result, Action<int, int, int> add)
    {
        var (time, factor) = (Operand + WeightTile.Vectors, Operand + WeightTile.Vectors + 1);
        for (var vector = 0; vector < WeightTile.Vectors; vector++)
        {
            _a.Load(Operand + vector, new Address(Scales, scalesAt - _tile.ScalesAt + (vector * _a.Bytes)));
        }

        for (var token = 0; token < _tokens; token++)
        {
            _a.Broadcast(time, OfToken(Times, token));
            for (var vector = 0; vector < WeightTile.Vectors; vector++)
            {
                _a.Multiply(factor, Operand + vector, time);
                _a.ToFloat(sum(token, vector), sum(token, vector));
                add(result(token, vector), factor, sum(token, vector));
            }
        }
    }

    /// <summary>
    /// The sum of minimum * A over the segment's groups, two at a time, in the registers of the sums. A record with minima
    /// has one segment, so they stand at a fixed place.
    /// </summary>
    private void SumMinima(Func<int, int, int> sum)
    {
        ForEachProduct((token, vector) => _a.Zero(sum(token, vector)));
        for (var pair = 0; pair < _shape.Groups / 2; pair++)
        {
            for (var vector = 0; vector < WeightTile.Vectors; vector++)
            {
                _a.Load(Operand + vector, new Address(Tile, _tile.MinimaAt + (pair * _tile.StepBytes) + (vector * _a.Bytes)));
            }

            for (var token = 0; token < _tokens; token++)
            {
                var sums = Operand + WeightTile.Vectors;
                _a.Broadcast(sums, OfToken(Record, token) + (_shape.Input.PairsAt + (pair * sizeof(int))));
                for (var vector = 0; vector < WeightTile.Vectors; vector++)
                {
                    _a.PairDot(sum(token, vector), Operand + vector, sums);
                }
            }
        }
    }
}

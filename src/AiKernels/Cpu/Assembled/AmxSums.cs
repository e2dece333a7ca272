using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>Emits what follows once AMX has stored a unit's integer sums: they are scaled and added to y, token by token.</summary>
/// <remarks>
/// The sums lie in memory as y does, [tokens][rows]: with group factors those of the high parts, then those of the low
/// ones.
/// </remarks>
/// <param name="a">Where to.</param>
/// <param name="tile">The weights.</param>
/// <param name="sums">Register: the first token's sums.</param>
/// <param name="scales">Register: the segment's scales of the rows.</param>
/// <param name="times">Register: the first token's t.</param>
/// <param name="y">Register: the first token's y.</param>
internal sealed class AmxSums(VectorAssembler a, WeightTile tile, Register sums, Register scales, Register times, Register y)
{
    private const int Vectors = WeightTile.Vectors;

    // Vector registers: of each vector of rows the scale, the minima's scale, the sum and the result; what serves both;
    // then the minima.
    private const int Scale = 0, MinimumScale = 2, Sum = 4, Result = 6, Time = 8, Factor = 9, Operand = 10, Minima = 11;

    private BlockShape Shape => tile.Shape;

    private int Pairs => Shape.HasMinimum ? Shape.Groups / 2 : 0;

    /// <summary>Bytes of a unit's sums.</summary>
    public static int Bytes(WeightTile tile) => (tile.Shape.IsGrouped ? 2 : 1) * AmxTileCode.Tokens * tile.StepBytes;

    /// <summary>The minima, which stay in registers: a record with minima has one segment.</summary>
    public void LoadMinima(Register weight)
    {
        for (var pair = 0; pair < Pairs; pair++)
        {
            ForEachVector((vector, at) => a.Load(Minimum(pair, vector), new Address(weight, tile.MinimaAt + (pair * tile.StepBytes) + at)));
        }
    }

    /// <summary>The scales, before a unit's sums are added.</summary>
    public void LoadScales() => ForEachVector((vector, at) =>
    {
        a.Load(Scale + vector, new Address(scales, at));
        if (Shape.HasMinimum)
        {
            a.Load(MinimumScale + vector, new Address(scales, tile.MinimumScalesAt - tile.ScalesAt + at));
        }
    });

    /// <summary>Adds the sums of so many tokens, which the register counts; the pointers move past them.</summary>
    public void AddAll(Register tokens)
    {
        LoadScales();
        a.Repeat(tokens, () =>
        {
            Add(0);
            a.Add(sums, tile.StepBytes);
            a.Add(times, Shape.Input.RecordBytes);
            a.Add(y, tile.StepBytes);
        });
    }

    /// <summary>y = fma(scale * t, I, y);  y = fma(-(minimumScale * t), sum of minimum * A, y), for one token.</summary>
    public void Add(int token)
    {
        var (row, time) = (token * tile.StepBytes, token * Shape.Input.RecordBytes);
        a.Broadcast(Time, new Address(times, time));
        ForEachVector((vector, at) =>
        {
            LoadSum(Sum + vector, row + at);
            a.Load(Result + vector, new Address(y, row + at));
            a.ToFloat(Sum + vector, Sum + vector);
            a.Multiply(Factor, Scale + vector, Time);
            a.MultiplyAdd(Result + vector, Factor, Sum + vector);
        });
        if (Shape.HasMinimum)
        {
            SubtractMinima(time);
        }

        ForEachVector((vector, at) => a.Store(new Address(y, row + at), Result + vector));
    }

    private static void ForEachVector(Action<int, int> body)
    {
        for (var vector = 0; vector < Vectors; vector++)
        {
            body(vector, vector * TileConfiguration.MaxRowBytes);
        }
    }

    private static int Minimum(int pair, int vector) => Minima + (pair * Vectors) + vector;

    /// <summary>I = 2^shift * H + L.</summary>
    private void LoadSum(int to, int at)
    {
        a.Load(to, new Address(sums, at));
        if (Shape.IsGrouped)
        {
            a.ShiftLeftInt(to, to, (byte)AmxCodes.Shift(Shape));
            a.Load(Operand, new Address(sums, (AmxTileCode.Tokens * tile.StepBytes) + at));
            a.AddInt(to, to, Operand);
        }
    }

    private void SubtractMinima(int time)
    {
        ForEachVector((vector, _) => a.Zero(Sum + vector));
        for (var pair = 0; pair < Pairs; pair++)
        {
            a.Broadcast(Operand, new Address(times, time + Shape.Input.PairsAt - ActivationLayout.ScalesAt + (pair * sizeof(int))));
            ForEachVector((vector, _) => a.PairDot(Sum + vector, Minimum(pair, vector), Operand));
        }

        ForEachVector((vector, _) =>
        {
            a.ToFloat(Sum + vector, Sum + vector);
            a.Multiply(Factor, MinimumScale + vector, Time);
            a.MultiplySubtract(Result + vector, Factor, Sum + vector);
        });
    }
}

using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Assembles a product of float matrices, some rows and a block of columns at a time: p = fma(a[k], b[k], p) from 0, k
/// ascending; c = p or, merging, c = fma(p, add[row], c * keep[row]).
/// </summary>
/// <remarks>
/// Arguments: a, the bytes between its rows, how often so many rows, b, the bytes between rows of b and of c, how many
/// blocks of columns these are, the depth, c; and, merging, keep and add, which are left behind the last row.
/// </remarks>
internal sealed class FloatTileCode
{
    /// <summary>With the columns' registers: sums enough to hide the latency, and as many as registers allow.</summary>
    public const int MaxRows = 6;

    private const Iced.Intel.Register A = RCX, Stride = RDX, ThreeStrides = RBX, FiveStrides = RSI, RowTiles = RDI, B = RBP,
        Width = R8, C = R9, Blocks = R10, Depth = R11, Factors = R12, Terms = R13, Row = R14, Argument = Routine.Arguments;

    private static readonly Address KeepArgument = new(Argument, 64), AddArgument = new(Argument, 72);

    private readonly VectorAssembler _a;
    private readonly int _rows;
    private readonly bool _merges;
    private readonly int _vectors;

    private FloatTileCode(VectorAssembler a, int rows, bool merges)
    {
        _a = a;
        _rows = rows;
        _merges = merges;
        _vectors = Vectors(a);
    }

    private int Products => _rows * _vectors;

    /// <summary>Columns of a block.</summary>
    public static int Columns(VectorAssembler a) => Vectors(a) * a.Lanes;

    public static void Emit(VectorAssembler a, int rows, bool merges) => new FloatTileCode(a, rows, merges).Emit();

    private static int Vectors(VectorAssembler a) => a.Registers / (MaxRows + 2);

    private int Sum(int row, int vector) => (row * _vectors) + vector;

    private void Emit()
    {
        Routine.LoadArguments(_a, A, Stride, RowTiles, B, Width);
        _a.LoadPointer(C, new Address(Argument, 56));
        _a.LoadAddress(ThreeStrides, new Address(Stride, 0, Stride, 2));
        _a.LoadAddress(FiveStrides, new Address(Stride, 0, Stride, 4));
        _a.Repeat(RowTiles, () =>
        {
            _a.LoadPointer(Blocks, new Address(Argument, 40));
            _a.Repeat(Blocks, MultiplyBlock);
            _a.Subtract(B, Width); // Back to its first column; c goes on with its next row.
            for (var row = 0; row < _rows; row++)
            {
                _a.Add(A, Stride);
                if (row > 0)
                {
                    _a.Add(C, Width);
                }
            }

            if (_merges)
            {
                _a.Add(KeepArgument, _rows * sizeof(float));
                _a.Add(AddArgument, _rows * sizeof(float));
            }
        });
    }

    private void MultiplyBlock()
    {
        for (var sum = 0; sum < Products; sum++)
        {
            _a.Zero(sum);
        }

        _a.LoadPointer(Depth, new Address(Argument, 48));
        _a.Move(Factors, A);
        _a.Move(Terms, B);
        _a.Repeat(Depth, () =>
        {
            for (var vector = 0; vector < _vectors; vector++)
            {
                _a.Load(Products + vector, new Address(Terms, vector * _a.Bytes));
            }

            for (var row = 0; row < _rows; row++)
            {
                var factor = Products + _vectors + (row % 2);
                _a.Broadcast(factor, FactorOf(row));
                for (var vector = 0; vector < _vectors; vector++)
                {
                    _a.MultiplyAdd(Sum(row, vector), factor, Products + vector);
                }
            }

            _a.Add(Factors, sizeof(float));
            _a.Add(Terms, Width);
        });

        StoreBlock();
        _a.Add(B, _vectors * _a.Bytes);
        _a.Add(C, _vectors * _a.Bytes);
    }

    private void StoreBlock()
    {
        var (keep, add, old) = (Products, Products + 1, Products + 2);
        if (_merges)
        {
            _a.LoadPointer(Factors, KeepArgument);
            _a.LoadPointer(Terms, AddArgument);
        }

        _a.Move(Row, C);
        for (var row = 0; row < _rows; row++, _a.Add(Row, Width))
        {
            if (_merges)
            {
                _a.Broadcast(keep, new Address(Factors, row * sizeof(float)));
                _a.Broadcast(add, new Address(Terms, row * sizeof(float)));
            }

            for (var vector = 0; vector < _vectors; vector++)
            {
                var (result, place) = (Sum(row, vector), new Address(Row, vector * _a.Bytes));
                if (_merges)
                {
                    _a.Load(old, place);
                    _a.Multiply(old, old, keep);
                    _a.MultiplyThenAdd(result, add, old);
                }

                _a.Store(place, result);
            }
        }
    }

    private static Address FactorOf(int row) => row switch
    {
        0 => new Address(Factors),
        3 => new Address(Factors, 0, ThreeStrides),
        5 => new Address(Factors, 0, FiveStrides),
        _ => new Address(Factors, 0, Stride, row),
    };
}

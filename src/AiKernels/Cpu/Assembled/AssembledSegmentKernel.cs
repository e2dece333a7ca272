using System.Diagnostics;
using AiKernels.Formats;

namespace AiKernels.Cpu.Assembled;

/// <inheritdoc/>
internal sealed unsafe class AssembledSegmentKernel : SegmentKernel
{
    private readonly Lazy<Routine?>[] _tiles;
    private readonly Lazy<Routine?>[] _mergingTiles;
    private readonly Lazy<Routine?> _softmax;
    private readonly Lazy<Routine?> _widenHalves;
    private readonly Lazy<Routine?> _widenBrains;
    private readonly int _blockColumns;
    private readonly SegmentKernel _intrinsics;

    /// <summary>Products of routines, or of intrinsics where the system refuses a routine.</summary>
    public AssembledSegmentKernel(bool wide, RoutineFactory factory, SegmentKernel intrinsics)
    {
        _intrinsics = intrinsics;
        _blockColumns = FloatTileCode.Columns(new VectorAssembler(wide));
        _tiles = Tiles(merges: false);
        _mergingTiles = Tiles(merges: true);
        _softmax = new Lazy<Routine?>(() => factory(wide, SoftmaxCode.Emit));
        _widenHalves = new Lazy<Routine?>(() => factory(wide, a => WidenCode.Emit(a, F16.ExponentBits)));
        _widenBrains = new Lazy<Routine?>(() => factory(wide, a => WidenCode.Emit(a, BF16.ExponentBits)));

        Lazy<Routine?>[] Tiles(bool merges) => [.. Enumerable.Range(1, FloatTileCode.MaxRows).Select(rows =>
            new Lazy<Routine?>(() => factory(wide, a => FloatTileCode.Emit(a, rows, merges))))];
    }

    public override void Widen(int exponentBits, ushort* numbers, float* floats, int count, void* next)
    {
        Debug.Assert(count > 0 && count % WidenBlock == 0, "a loop counted down from 0 would not end");
        if ((exponentBits == F16.ExponentBits ? _widenHalves : _widenBrains).Value is not { } widen)
        {
            _intrinsics.Widen(exponentBits, numbers, floats, count, next);
            return;
        }

        var arguments = stackalloc void*[4];
        arguments[0] = numbers;
        arguments[1] = floats;
        arguments[2] = (void*)(count / WidenBlock);
        arguments[3] = next;
        widen.Run(arguments);
    }

    public override void Softmax(float* scores, int rows, float scale, float* maxima, float* sums)
    {
        Debug.Assert(rows > 0, "a loop counted down from 0 would not end");
        if (_softmax.Value is not { } softmax)
        {
            _intrinsics.Softmax(scores, rows, scale, maxima, sums);
            return;
        }

        var arguments = stackalloc void*[6];
        arguments[0] = scores;
        arguments[1] = (void*)rows;
        arguments[2] = &scale;
        arguments[3] = maxima;
        arguments[4] = sums;
        arguments[5] = ExponentialCode.Constants;
        softmax.Run(arguments);
    }

    public override void Multiply(float* a, int stride, int rows, float* b, int columns, int depth, float* c)
    {
        if (!TryRun(_tiles, a, stride, rows, b, columns, depth, null, null, c))
        {
            _intrinsics.Multiply(a, stride, rows, b, columns, depth, c);
        }
    }

    public override void MultiplyAndMerge(
        float* a, int stride, int rows, float* b, int columns, int depth, float* keep, float* add, float* c)
    {
        if (!TryRun(_mergingTiles, a, stride, rows, b, columns, depth, keep, add, c))
        {
            _intrinsics.MultiplyAndMerge(a, stride, rows, b, columns, depth, keep, add, c);
        }
    }

    /// <summary>Multiplies, unless the system refuses a routine that it takes.</summary>
    private bool TryRun(
        Lazy<Routine?>[] tiles, float* a, int stride, int rows, float* b, int columns, int depth, float* keep, float* add, float* c)
    {
        Debug.Assert(columns > 0 && columns % ColumnBlock == 0 && depth > 0, "a loop counted down from 0 would not end");
        var (whole, rest) = (rows / FloatTileCode.MaxRows, rows % FloatTileCode.MaxRows);
        if ((whole > 0 && tiles[^1].Value is null) || (rest > 0 && tiles[rest - 1].Value is null))
        {
            return false;
        }

        var arguments = stackalloc void*[10];
        arguments[0] = a;
        arguments[1] = (void*)(stride * (long)sizeof(float));
        arguments[2] = (void*)whole;
        arguments[3] = b;
        arguments[4] = (void*)(columns * (long)sizeof(float));
        arguments[5] = (void*)(columns / _blockColumns);
        arguments[6] = (void*)depth;
        arguments[7] = c;
        arguments[8] = keep;
        arguments[9] = add;
        if (whole > 0)
        {
            tiles[^1].Value!.Run(arguments); // Leaves keep and add behind its last row.
        }

        if (rest > 0)
        {
            arguments[0] = a + ((long)(rows - rest) * stride);
            arguments[2] = (void*)1;
            arguments[7] = c + ((long)(rows - rest) * columns);
            tiles[rest - 1].Value!.Run(arguments);
        }

        return true;
    }
}

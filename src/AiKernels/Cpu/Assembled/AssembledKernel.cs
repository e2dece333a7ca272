using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AiKernels.Formats;

namespace AiKernels.Cpu.Assembled;

/// <summary>A quantized format on assembled kernels; what isn't arithmetic is left to the kernel of the intrinsics.</summary>
/// <param name="shape">The format.</param>
/// <param name="wide">Registers of 512 bits, not 256.</param>
/// <param name="packing">Packs and reads back.</param>
internal sealed unsafe class AssembledKernel(BlockShape shape, bool wide, PanelKernel packing) : PanelKernel
{
    private const int CacheLine = 64;

    private readonly WeightTile _tile = new(shape, new VectorAssembler(wide).Lanes);
    private readonly int _maxTileTokens = TileCode.MaxTokens(new VectorAssembler(wide));
    private readonly RoutineSet _routines = new(shape, wide);

    public override ActivationLayout? InputLayout => shape.Input;

    public override long PanelBytes(int columns) => packing.PanelBytes(columns);

    public override void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel) =>
        packing.Pack(stored, rows, columns, panel);

    public override void UnpackRow(byte* panel, int row, int columns, float* destination) =>
        packing.UnpackRow(panel, row, columns, destination);

    public override int PanelsAtOnce(int tokens) => tokens == 1 ? MaxPanels : _tile.Rows / PanelLayout.Rows;

    public override void Multiply(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        if (tokens == 1)
        {
            Stream(panels, count, x, token, y);
        }
        else
        {
            MultiplyTiles(panels, count, x, token, tokens, y);
        }
    }

    private void Stream(byte* panels, int count, in Activations x, int token, float* y)
    {
        var arguments = stackalloc void*[6];
        arguments[0] = panels;
        arguments[1] = (void*)count;
        arguments[2] = x.Record(0, token);
        arguments[3] = (void*)x.RecordStride;
        arguments[4] = y;
        arguments[5] = (void*)(x.Floats.Columns / shape.SegmentLength);
        _routines.Stream.Run(arguments);
    }

    [SkipLocalsInit]
    private void MultiplyTiles(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        var memory = stackalloc byte[_tile.Bytes + CacheLine];
        var tile = (byte*)(((nuint)memory + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        new Span<float>(y, tokens * _tile.Rows).Clear();
        var columns = x.Floats.Columns;
        // Where there is no second panel, the first one's rows are multiplied twice.
        var stride = count * PanelLayout.Rows < _tile.Rows ? 0 : PanelBytes(columns);
        var recordBytes = shape.SegmentsPerRecord * shape.SegmentBytes;
        for (var record = 0; record < ActivationLayout.Records(columns); record++, panels += recordBytes)
        {
            var inputs = Math.Min(ActivationLayout.RecordLength, columns - (record * ActivationLayout.RecordLength));
            var segments = inputs / shape.SegmentLength;
            Unpack(panels, stride, tile, segments);
            Prefetch(panels + recordBytes, recordBytes);
            Prefetch(panels + recordBytes + stride, recordBytes);
            MultiplyTile(tile, x.Record(record, token), tokens, y, segments);
        }
    }

    private void Unpack(byte* panels, long stride, byte* tile, int segments)
    {
        var arguments = stackalloc void*[4];
        arguments[0] = panels;
        arguments[1] = (void*)stride;
        arguments[2] = tile;
        arguments[3] = (void*)segments;
        _routines.Unpack.Run(arguments);
    }

    private void MultiplyTile(byte* tile, byte* records, int tokens, float* y, int segments)
    {
        var arguments = stackalloc void*[5];
        arguments[0] = tile;
        arguments[1] = records;
        arguments[2] = y;
        arguments[3] = (void*)(tokens / _maxTileTokens);
        arguments[4] = (void*)segments;
        if (tokens >= _maxTileTokens)
        {
            _routines.Tile(_maxTileTokens).Run(arguments);
        }

        var rest = tokens % _maxTileTokens;
        if (rest > 0)
        {
            arguments[1] = records + ((long)(tokens - rest) * shape.Input.RecordBytes);
            arguments[2] = y + ((tokens - rest) * _tile.Rows);
            arguments[3] = (void*)1;
            _routines.Tile(rest).Run(arguments);
        }
    }

    /// <summary>While tokens run past this piece of the weight, the next one comes.</summary>
    private static void Prefetch(byte* next, int bytes)
    {
        for (var i = 0; i < bytes; i += CacheLine)
        {
            Sse.Prefetch1(next + i);
        }
    }
}

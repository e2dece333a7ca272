using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private readonly int _maxStreamTokens = StreamCode.MaxTokens(new VectorAssembler(wide), shape);
    private readonly RoutineSet _routines = new(shape, wide);

    public override ActivationLayout? InputLayout => shape.Input;

    public override long PanelBytes(int columns) => packing.PanelBytes(columns);

    public override void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel) =>
        packing.Pack(stored, rows, columns, panel);

    public override void UnpackRow(byte* panel, int row, int columns, float* destination) =>
        packing.UnpackRow(panel, row, columns, destination);

    public override int RowsAtOnce(int tokens) => IsStreamed(tokens) ? PanelLayout.Rows : _tile.Rows;

    public override void Multiply(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        if (IsStreamed(tokens))
        {
            Stream(panels, count, x, token, tokens, y);
        }
        else
        {
            MultiplyTiles(panels, count, x, token, tokens, y);
        }
    }

    // Beyond these, unpacking once for all was as fast (Q4_K) or faster (Q6_K) than reading a panel a second time.
    private bool IsStreamed(int tokens) => tokens <= _maxStreamTokens;

    private void Stream(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        var arguments = stackalloc void*[7];
        arguments[0] = panels;
        arguments[1] = (void*)count;
        arguments[2] = x.Record(0, token);
        arguments[3] = (void*)x.RecordStride;
        arguments[4] = y;
        arguments[5] = (void*)(tokens * PanelLayout.Rows * (long)sizeof(float));
        arguments[6] = (void*)(x.Floats.Columns / shape.SegmentLength);
        _routines.Stream(tokens).Run(arguments);
    }

    /// <summary>
    /// Record by record: a record of all tokens stays in the second-level cache while the panels pass, and so do the sums
    /// of all tokens and panels; each panel's piece stays in the first-level cache while the tokens pass.
    /// </summary>
    [SkipLocalsInit]
    private void MultiplyTiles(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        var memory = stackalloc byte[_tile.Bytes + CacheLine];
        var tile = (byte*)(((nuint)memory + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        var (columns, atOnce) = (x.Floats.Columns, _tile.Rows / PanelLayout.Rows);
        var (panelBytes, records) = (PanelBytes(columns), ActivationLayout.Records(columns));
        new Span<float>(y, (count + atOnce - 1) / atOnce * tokens * _tile.Rows).Clear();
        for (var record = 0; record < records; record++, panels += shape.RecordBytes)
        {
            var inputs = Math.Min(ActivationLayout.RecordLength, columns - (record * ActivationLayout.RecordLength));
            var segments = inputs / shape.SegmentLength;
            // The next record's, or the next panels'.
            var next = record + 1 < records ? shape.RecordBytes : ((count - 1) * panelBytes) + shape.RecordBytes;
            var sums = y;
            for (var panel = 0; panel < count; panel += atOnce, sums += tokens * _tile.Rows)
            {
                // Where there is no second panel, the first one's rows are multiplied twice.
                var first = panels + (panel * panelBytes);
                var stride = panel + atOnce > count ? 0 : panelBytes;
                Unpack(first, stride, tile, segments);
                MultiplyTile(tile, x.Record(record, token), tokens, sums, segments, first + next, stride);
            }
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

    private void MultiplyTile(byte* tile, byte* records, int tokens, float* y, int segments, byte* next, long stride)
    {
        var arguments = stackalloc void*[8];
        arguments[0] = tile;
        arguments[1] = records;
        arguments[2] = y;
        arguments[3] = (void*)(tokens / _maxTileTokens);
        arguments[4] = (void*)segments;
        arguments[5] = next;
        arguments[6] = next + shape.RecordBytes;
        arguments[7] = (void*)stride;
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
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AiKernels.Formats;

namespace AiKernels.Cpu.Assembled;

/// <summary>A quantized format on assembled kernels; what isn't arithmetic is left to the kernel of the intrinsics.</summary>
/// <param name="shape">The format.</param>
/// <param name="unit">What multiplies.</param>
/// <param name="packing">Packs, reads back, and multiplies where the system refuses a routine.</param>
/// <param name="factory">Makes the routines.</param>
internal sealed unsafe class AssembledKernel(BlockShape shape, AssembledUnit unit, PanelKernel packing, RoutineFactory factory)
    : PanelKernel
{
    private const int CacheLine = 64;

    private readonly StreamProduct _streams = new(shape, unit.IsWide(), factory);
    private readonly VectorTileProduct _vectors = new(shape, unit.IsWide(), factory);
    private readonly AmxTileProduct? _amx =
        unit == AssembledUnit.Amx && AmxTileCode.Supports(shape) ? new AmxTileProduct(shape, factory) : null;

    public override ActivationLayout? InputLayout => shape.Input;

    public override long PanelBytes(int columns) => packing.PanelBytes(columns);

    public override void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel) =>
        packing.Pack(stored, rows, columns, panel);

    public override void UnpackRow(byte* panel, int row, int columns, float* destination) =>
        packing.UnpackRow(panel, row, columns, destination);

    public override int RowsAtOnce(int tokens) =>
        IsStreamed(tokens) ? PanelLayout.Rows : Product(tokens)?.Tile.Rows ?? packing.RowsAtOnce(tokens);

    public override void Multiply(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        if (IsStreamed(tokens) && _streams.IsReady(tokens))
        {
            _streams.Multiply(panels, count, x, token, tokens, y);
        }
        else if (!IsStreamed(tokens) && Product(tokens) is { } product)
        {
            MultiplyTiles(product, panels, count, x, token, tokens, y);
        }
        else
        {
            packing.Multiply(panels, count, x, token, tokens, y);
        }
    }

    public override void Gate(float* gates, int gateStride, float* products, int productStride, int tokens) =>
        packing.Gate(gates, gateStride, products, productStride, tokens);

    // What AMX can take it takes.
    private bool IsStreamed(int tokens) =>
        tokens <= _streams.MaxTokens && (_amx is null || tokens < AmxTileCode.MinTokens);

    private TileProduct? Product(int tokens) =>
        _amx is not null && tokens >= AmxTileCode.MinTokens && _amx.IsReady(tokens) ? _amx
        : _vectors.IsReady(tokens) ? _vectors
        : null;

    /// <summary>
    /// Record by record: a record of all tokens stays in the second-level cache while the panels pass, and so do the sums
    /// of all tokens and panels; each panel's piece stays in the first-level cache while the tokens pass.
    /// </summary>
    [SkipLocalsInit]
    private void MultiplyTiles(TileProduct product, byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        var memory = stackalloc byte[product.Bytes + CacheLine];
        memory = (byte*)(((nuint)memory + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        var (columns, rows, atOnce) = (x.Floats.Columns, product.Tile.Rows, product.Tile.Rows / PanelLayout.Rows);
        var (panelBytes, records) = (PanelBytes(columns), ActivationLayout.Records(columns));
        new Span<float>(y, (count + atOnce - 1) / atOnce * tokens * rows).Clear();
        for (var record = 0; record < records; record++, panels += shape.RecordBytes)
        {
            var inputs = Math.Min(ActivationLayout.RecordLength, columns - (record * ActivationLayout.RecordLength));
            var segments = inputs / shape.SegmentLength;
            // The next record's, or the next panels'.
            var next = record + 1 < records ? shape.RecordBytes : ((count - 1) * panelBytes) + shape.RecordBytes;
            var sums = y;
            for (var panel = 0; panel < count; panel += atOnce, sums += tokens * rows)
            {
                // A tile of two panels that finds one multiplies its rows twice; a tile of one has no second to fetch.
                var first = panels + (panel * panelBytes);
                var stride = atOnce == 1 || panel + atOnce > count ? 0 : panelBytes;
                var piece = new TilePiece(memory, segments, first + next, first + next + shape.RecordBytes, stride);
                product.Unpack(first, stride, piece);
                product.Multiply(piece, x.Record(record, token), tokens, sums);
            }
        }
    }
}

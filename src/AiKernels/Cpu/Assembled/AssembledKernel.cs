using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AiKernels.Formats;

namespace AiKernels.Cpu.Assembled;

/// <summary>A quantized format on assembled kernels; what isn't arithmetic is left to the kernel of the intrinsics.</summary>
/// <param name="shape">The format.</param>
/// <param name="unit">What multiplies.</param>
/// <param name="packing">Packs and reads back, and does what needs no assembling.</param>
/// <param name="factory">Makes the routines.</param>
internal sealed unsafe class AssembledKernel(BlockShape shape, AssembledUnit unit, PanelKernel packing, RoutineFactory factory)
    : PanelKernel
{
    private const int CacheLine = 64;

    private readonly Lazy<Routine>[] _streams =
        [.. Enumerable.Range(1, StreamCode.MaxTokens(new VectorAssembler(unit.IsWide()), shape)).Select(tokens =>
            new Lazy<Routine>(() => factory(unit.IsWide(), a => StreamCode.Emit(a, shape, tokens))))];
    private readonly VectorTileProduct _vectors = new(shape, unit.IsWide(), factory);
    private readonly AmxTileProduct? _amx =
        unit == AssembledUnit.Amx && AmxTileCode.Supports(shape) ? new AmxTileProduct(shape, factory) : null;

    public override ActivationLayout? InputLayout => shape.Input;

    public override long PanelBytes(int columns) => packing.PanelBytes(columns);

    public override void Pack(ReadOnlySpan<byte> stored, int rows, int columns, byte* panel) =>
        packing.Pack(stored, rows, columns, panel);

    public override void UnpackRow(byte* panel, int row, int columns, float* destination) =>
        packing.UnpackRow(panel, row, columns, destination);

    public override int RowsAtOnce(int tokens) => IsStreamed(tokens) ? PanelLayout.Rows : _vectors.Tile.Rows;

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

    public override void Gate(float* gates, int gateStride, float* products, int productStride, int tokens) =>
        packing.Gate(gates, gateStride, products, productStride, tokens);

    // What AMX can take it takes. More passes over a panel that the second-level cache has by then are slower than
    // unpacking it once: on 512 bits beyond 24 tokens, on 256 bits, where a pass takes one, beyond 5.
    private bool IsStreamed(int tokens) =>
        tokens <= (unit.IsWide() ? 3 : 5) * _streams.Length && (_amx is null || tokens < AmxTileCode.MinTokens);

    /// <summary>All panels once for each few tokens, as equal in number as they go.</summary>
    private void Stream(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        var arguments = stackalloc void*[7];
        arguments[0] = panels;
        arguments[1] = (void*)count;
        arguments[3] = (void*)x.RecordStride;
        arguments[5] = (void*)(tokens * PanelLayout.Rows * (long)sizeof(float));
        arguments[6] = (void*)(x.Floats.Columns / shape.SegmentLength);
        var passes = (tokens + _streams.Length - 1) / _streams.Length;
        for (var pass = 0; pass < passes; pass++)
        {
            var (first, end) = (pass * tokens / passes, (pass + 1) * tokens / passes);
            arguments[2] = x.Record(0, token + first);
            arguments[4] = y + (first * PanelLayout.Rows);
            _streams[end - first - 1].Value.Run(arguments);
        }
    }

    /// <summary>
    /// Record by record: a record of all tokens stays in the second-level cache while the panels pass, and so do the sums
    /// of all tokens and panels; each panel's piece stays in the first-level cache while the tokens pass.
    /// </summary>
    [SkipLocalsInit]
    private void MultiplyTiles(byte* panels, int count, in Activations x, int token, int tokens, float* y)
    {
        TileProduct product = _amx is not null && tokens >= AmxTileCode.MinTokens ? _amx : _vectors;
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

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AiKernels.Cache;
using AiKernels.Cpu.Simd;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// Keys and values as blocks of a format: keys are packed like a weight of that format, a position a row, and their scores
/// are its product with queries quantized like any input; values are the format's blocks, [P][D / 32].
/// </summary>
internal readonly unsafe struct QuantizedReader<TBlock, TSimd, TRegister>(KeyValueShape shape, PanelKernel kernel) : IKeyValueReader
    where TBlock : unmanaged, IBlockFormat<TBlock>
    where TSimd : ISimd<TRegister>
    where TRegister : unmanaged
{
    private const int Segment = KeyValueShape.SegmentLength;

    private readonly int _length = shape.HeadLength;
    private readonly int _width = SegmentKernel.Padded(shape.HeadLength);
    private readonly ActivationLayout _layout = kernel.InputLayout!.Value;

    public long PreparedBytes(int rows) => _layout.Bytes(rows, _length);

    public long RoomBytes(int rows) => Segment * (long)Math.Max(rows, _width) * sizeof(float);

    public void Prepare(TileMemory memory)
    {
        var quantize = new QuantizeActivations<TSimd, TRegister>(Queries(memory));
        for (var row = 0; row < memory.Rows; row++)
        {
            quantize.Run(row);
        }
    }

    public void Score(TileMemory memory, int firstRow, SegmentPlace place)
    {
        var panels = place.Head + (place.Slot / PanelLayout.Rows * kernel.PanelBytes(_length));
        var rows = memory.Rows - firstRow;
        kernel.Multiply(panels, Segment / PanelLayout.Rows, Queries(memory), firstRow, rows, (float*)memory.Room);
        Arrange((float*)memory.Room, kernel.RowsAtOnce(rows), rows, memory.Weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float* Values(TileMemory memory, int count, SegmentPlace place)
    {
        var values = (float*)memory.Room;
        var block = (TBlock*)(place.Head + shape.Type.RowBytes(shape.HeadElements)) + ((long)place.Slot * _length / TBlock.Length);
        var codes = stackalloc sbyte[PanelLayout.Chunk];
        var offset = TSimd.Broadcast(TBlock.CodeOffset);
        for (var position = 0; position < count; position++, values += _width)
        {
            for (var d = 0; d < _length; d += PanelLayout.Chunk, block++)
            {
                var scale = TSimd.Broadcast(TBlock.Scale(*block, 0));
                TBlock.Codes(*block, 0).Store((byte*)codes);
                for (var i = 0; i < PanelLayout.Chunk; i += TSimd.Lanes)
                {
                    var quant = TSimd.SubtractInt(TSimd.ShiftRightArithmeticInt(TSimd.LoadFactors(codes + i), 16), offset);
                    TSimd.Store(values + d + i, TSimd.Multiply(scale, TSimd.ToFloat(quant)));
                }
            }

            new Span<float>(values + _length, _width - _length).Clear();
        }

        return (float*)memory.Room;
    }

    /// <summary>Products [positions / some][rows][some] -> scores [rows][positions].</summary>
    private static void Arrange(float* products, int some, int rows, float* scores)
    {
        for (var position = 0; position < Segment; position += some)
        {
            for (var row = 0; row < rows; row++, products += some)
            {
                Unsafe.CopyBlock(scores + (row * Segment) + position, products, (uint)(some * sizeof(float)));
            }
        }
    }

    private Activations Queries(TileMemory memory) =>
        new(new Matrix(memory.Queries, memory.Rows, _length), _layout, memory.Prepared);
}

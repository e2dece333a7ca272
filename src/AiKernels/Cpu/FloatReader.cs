using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>Keys and values that are floats: k [D][P], transposed so that lanes are positions, v [P][D].</summary>
internal readonly unsafe struct FloatReader<TElement>(KeyValueShape shape, SegmentKernel kernel) : IKeyValueReader
    where TElement : unmanaged, IFloatFormat<TElement>
{
    private const int Segment = KeyValueShape.SegmentLength;

    private readonly int _length = shape.HeadLength;
    private readonly int _width = SegmentKernel.Padded(shape.HeadLength);

    public long PreparedBytes(int rows) => 0;

    public long RoomBytes(int rows) => (long)Segment * _width * sizeof(float);

    public void Prepare(TileMemory memory)
    {
        // Floats are met as they are.
    }

    public void Score(TileMemory memory, int firstRow, SegmentPlace place)
    {
        var room = (float*)memory.Room;
        var keys = Load(Keys(place.Head, place.Slot), _length, Segment, shape.PageLength, Segment, room, Values(place));
        var queries = memory.Queries + ((long)firstRow * _length);
        kernel.Multiply(queries, _length, memory.Rows - firstRow, keys, Segment, _length, memory.Weights);
    }

    public float* Values(TileMemory memory, int count, SegmentPlace place) =>
        Load(Values(place), count, _length, _length, _width, (float*)memory.Room, Keys(place.NextHead, place.NextSlot));

    private static TElement* Keys(byte* head, int slot) => (TElement*)head + slot;

    private TElement* Values(SegmentPlace place) =>
        (TElement*)place.Head + shape.HeadElements + ((long)place.Slot * _length);

    /// <summary>
    /// Rows of elements as floats [rows][width], in <paramref name="room"/> unless they lie so already;
    /// <paramref name="next"/> will be loaded next.
    /// </summary>
    private float* Load(TElement* elements, int rows, int columns, int stride, int width, float* room, TElement* next)
    {
        if (sizeof(TElement) == sizeof(float) && stride == width)
        {
            return (float*)elements;
        }

        if (stride == width && rows * columns % SegmentKernel.WidenBlock == 0)
        {
            LoadRow(elements, rows * columns, room, next); // All at once.
            return room;
        }

        for (var row = 0; row < rows; row++)
        {
            LoadRow(elements + ((long)row * stride), columns, room + ((long)row * width), next + ((long)row * columns));
            new Span<float>(room + ((long)row * width) + columns, width - columns).Clear();
        }

        return room;
    }

    private void LoadRow(TElement* elements, int count, float* floats, TElement* next)
    {
        if (sizeof(TElement) == sizeof(float))
        {
            new ReadOnlySpan<float>(elements, count).CopyTo(new Span<float>(floats, count));
            return;
        }

        var whole = count / SegmentKernel.WidenBlock * SegmentKernel.WidenBlock;
        if (whole > 0)
        {
            kernel.Widen(TElement.ExponentBits, (ushort*)elements, floats, whole, next);
        }

        for (var i = whole; i < count; i++)
        {
            floats[i] = TElement.Value(elements[i]);
        }
    }
}

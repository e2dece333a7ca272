namespace AiKernels.Cpu;

/// <summary>How stored keys and values of one kind are met with queries.</summary>
internal unsafe interface IKeyValueReader
{
    /// <summary>Bytes of prepared queries, and of the room that reading a segment takes.</summary>
    long PreparedBytes(int rows);

    /// <summary>Bytes of the room that <see cref="Score"/> and <see cref="Values"/> take.</summary>
    long RoomBytes(int rows);

    /// <summary>Makes of queries [rows, D] what <see cref="Score"/> wants of them, once for all segments.</summary>
    void Prepare(float* queries, int rows, byte* prepared);

    /// <summary>q k^T of the prepared queries' rows from one on with the 64 positions of a segment -> scores [rows][64].</summary>
    void Score(float* queries, byte* prepared, int firstRow, int rows, int allRows, SegmentPlace place, byte* room, float* scores);

    /// <summary>v [count][width] of a segment's first positions.</summary>
    float* Values(SegmentPlace place, int count, byte* room);
}

/// <summary>Where a segment's keys and values lie, and those that will be read next.</summary>
/// <param name="head">A head of a page.</param>
/// <param name="slot">The segment's first position in it.</param>
/// <param name="nextHead">The next segment's, or the same.</param>
/// <param name="nextSlot">The next segment's first position.</param>
internal readonly unsafe struct SegmentPlace(byte* head, int slot, byte* nextHead, int nextSlot)
{
    public readonly byte* Head = head;
    public readonly int Slot = slot;
    public readonly byte* NextHead = nextHead;
    public readonly int NextSlot = nextSlot;
}

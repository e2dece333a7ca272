namespace AiKernels.Cpu;

/// <summary>How stored keys and values of one kind are met with queries.</summary>
internal unsafe interface IKeyValueReader
{
    /// <summary>Bytes of prepared queries.</summary>
    long PreparedBytes(int rows);

    /// <summary>Bytes of the room that <see cref="Score"/> and <see cref="Values"/> take.</summary>
    long RoomBytes(int rows);

    /// <summary>Makes of a tile's queries what <see cref="Score"/> wants of them, once for all segments.</summary>
    void Prepare(TileMemory memory);

    /// <summary>q k^T of the tile's rows from one on with the 64 positions of a segment -> its weights' place [rows][64].</summary>
    void Score(TileMemory memory, int firstRow, SegmentPlace place);

    /// <summary>v [count][width] of a segment's first positions.</summary>
    float* Values(TileMemory memory, int count, SegmentPlace place);
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

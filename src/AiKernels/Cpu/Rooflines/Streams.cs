using System.Diagnostics;

namespace AiKernels.Cpu.Rooflines;

/// <summary>Memory cut into pieces, each read from several places in turn.</summary>
internal readonly unsafe struct Streams
{
    /// <summary>What is read from one stream before it is the next one's turn: four lines.</summary>
    public const int VisitBytes = 256;

    private readonly byte* _memory;
    private readonly long _pieceBytes;

    public Streams(byte* memory, long pieceBytes, int count, int ahead = 0)
    {
        Ahead = ahead;
        _memory = memory;
        _pieceBytes = pieceBytes;
        Count = count;
        // An odd number of visits: streams a power of two apart would share their places in the caches.
        Visits = ((pieceBytes / count / VisitBytes) - 1) | 1;
        Debug.Assert(BytesRead <= pieceBytes, "a piece is too short for its streams");
    }

    /// <summary>Streams of a piece.</summary>
    public int Count { get; }

    /// <summary>How far ahead of the reading data are asked for; 0 leaves that to the processor.</summary>
    public int Ahead { get; }

    /// <summary>Visits to each stream.</summary>
    public long Visits { get; }

    /// <summary>Bytes read of a piece: all but what didn't divide.</summary>
    public long BytesRead => Count * StreamBytes;

    /// <summary>Bytes of a stream, and the distance to the next.</summary>
    public long StreamBytes => Visits * VisitBytes;

    /// <summary>Where a piece begins.</summary>
    public byte* Piece(int index) => _memory + (index * _pieceBytes);
}

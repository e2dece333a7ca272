using System.Runtime.InteropServices;

namespace AiKernels.Cpu.Assembled;

/// <summary>A way to multiply many tokens with a piece of a weight: it is unpacked once, then the tokens run past it.</summary>
internal abstract unsafe class TileProduct(WeightTile tile, RoutineFactory factory, bool wide)
{
    private readonly Lazy<Routine?> _unpack = new(() => factory(wide, a => UnpackTileCode.Emit(a, tile)));

    /// <summary>How the piece lies in memory once unpacked.</summary>
    public WeightTile Tile => tile;

    /// <summary>Memory that it takes, aligned to a cache line: the tile first.</summary>
    public virtual int Bytes => tile.Bytes;

    /// <summary>Whether its routines for so many tokens are made, as the system allowed; the rest may only be called then.</summary>
    public virtual bool IsReady(int tokens) => _unpack.Value is not null;

    /// <summary>Unpacks some segments of a panel, and of a second one so many bytes on.</summary>
    public void Unpack(byte* panels, long stride, in TilePiece piece)
    {
        var arguments = stackalloc void*[4];
        arguments[0] = panels;
        arguments[1] = (void*)stride;
        arguments[2] = piece.Memory;
        arguments[3] = (void*)piece.Segments;
        _unpack.Value!.Run(arguments);
    }

    /// <summary>The product with tokens whose records follow each other is added to y [tokens][rows].</summary>
    public abstract void Multiply(in TilePiece piece, byte* records, int tokens, float* y);

    /// <summary>A routine that is made when it is first needed.</summary>
    protected Lazy<Routine?> Routine(Action<VectorAssembler> body) => new(() => factory(wide, body));
}

/// <summary>Where an unpacked piece is, and what will be needed after it.</summary>
/// <param name="memory">The tile, and what memory its product takes besides.</param>
/// <param name="segments">Segments of the piece.</param>
/// <param name="next">The piece of a panel that is read from memory next.</param>
/// <param name="nextEnd">Its end.</param>
/// <param name="stride">From a panel's piece to the second panel's.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct TilePiece(byte* memory, int segments, byte* next, byte* nextEnd, long stride)
{
    public readonly byte* Memory = memory;
    public readonly int Segments = segments;
    public readonly byte* Next = next;
    public readonly byte* NextEnd = nextEnd;
    public readonly long Stride = stride;
}

using System.Runtime.InteropServices;

namespace AiKernels.Cpu.Assembled;

/// <summary>The sizes of AMX's tile registers, as <c>ldtilecfg</c> reads them.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal unsafe struct TileConfiguration
{
    /// <summary>Tile registers.</summary>
    public const int Tiles = 8;

    /// <summary>Rows of the largest tile.</summary>
    public const int MaxRows = 16;

    /// <summary>Bytes of the largest tile's row.</summary>
    public const int MaxRowBytes = 64;

    private byte _palette;
    private byte _startRow;
    private fixed byte _reserved[14];
    private fixed ushort _rowBytes[16];
    private fixed byte _rows[16];

    /// <summary>Gives a tile its size.</summary>
    public void Set(int tile, int rows, int rowBytes)
    {
        _palette = 1; // Eight tiles of up to 16 rows of 64 bytes: the only one there is.
        _rows[tile] = (byte)rows;
        _rowBytes[tile] = (ushort)rowBytes;
    }
}

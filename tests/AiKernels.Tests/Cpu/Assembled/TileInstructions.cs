using System.Runtime.InteropServices;
using Iced.Intel;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>The instructions of AMX. Source: Intel's manual, volumes 1 (chapter 18) and 2.</summary>
internal static unsafe class TileInstructions
{
    private const int ConfigurationBytes = 64, RowBytesAt = 16, RowsAt = 48;

    /// <summary>What an instruction does; null if it is none of these.</summary>
    public static Action<Machine>? Meaning(Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Ldtilecfg => machine => machine.Tiles = Configure(machine.Memory(Operand.Address(i)(machine), ConfigurationBytes)),
        Mnemonic.Tilerelease => machine => machine.Tiles = null,
        Mnemonic.Tilezero => machine => Tile(machine, i.Op0Register).Clear(),
        Mnemonic.Tileloadd => machine => Load(machine, Tile(machine, i.Op0Register), i),
        Mnemonic.Tilestored => machine => Store(machine, Tile(machine, i.Op1Register), i),
        Mnemonic.Tdpbssd => machine =>
            Dot(Tile(machine, i.Op0Register), Tile(machine, i.Op1Register), Tile(machine, i.Op2Register)),
        _ => null,
    };

    private static Tile[] Configure(byte* configuration)
    {
        var rowBytes = new ReadOnlySpan<ushort>(configuration + RowBytesAt, 16);
        var rows = new ReadOnlySpan<byte>(configuration + RowsAt, 16);
        Require(configuration[0] == 1, "palette 1 is the only one");
        Require(configuration[1] == 0, "loading starts at the first row");
        Require(new ReadOnlySpan<byte>(configuration + 2, RowBytesAt - 2).IndexOfAnyExcept((byte)0) < 0, "reserved bytes are 0");
        Require(rowBytes[Machine.TileCount..].IndexOfAnyExcept((ushort)0) < 0, "there are eight tiles");
        Require(rows[Machine.TileCount..].IndexOfAnyExcept((byte)0) < 0, "there are eight tiles");
        var tiles = new Tile[Machine.TileCount];
        for (var tile = 0; tile < tiles.Length; tile++)
        {
            Require(rows[tile] <= Assembled.Tile.MaxRows && rowBytes[tile] <= Assembled.Tile.MaxRowBytes, "a tile is too large");
            Require(rows[tile] == 0 == (rowBytes[tile] == 0), "a tile has rows, but no columns, or columns without rows");
            tiles[tile] = new Tile(rows[tile], rowBytes[tile]);
        }

        return tiles;
    }

    private static Tile Tile(Machine machine, Register register)
    {
        Require(machine.Tiles is not null, "no tiles are configured");
        var tile = machine.Tiles![register.GetNumber()];
        Require(tile.Rows != 0, "the tile has no size");
        return tile;
    }

    /// <summary>The index register is the distance between rows.</summary>
    private static Span<byte> Row(Machine machine, Tile tile, Instruction i, int row)
    {
        var stride = i.MemoryIndex == Register.None ? 0 : machine[i.MemoryIndex] * (ulong)i.MemoryIndexScale;
        var address = machine[i.MemoryBase] + i.MemoryDisplacement64 + ((ulong)row * stride);
        return new Span<byte>(machine.Memory(address, tile.RowBytes), tile.RowBytes);
    }

    private static void Load(Machine machine, Tile tile, Instruction i)
    {
        tile.Clear();
        for (var row = 0; row < tile.Rows; row++)
        {
            Row(machine, tile, i, row).CopyTo(tile.Row(row));
        }
    }

    private static void Store(Machine machine, Tile tile, Instruction i)
    {
        for (var row = 0; row < tile.Rows; row++)
        {
            tile.Row(row)[..tile.RowBytes].CopyTo(Row(machine, tile, i, row));
        }
    }

    private static void Dot(Tile sum, Tile left, Tile right)
    {
        Require(sum != left && sum != right && left != right, "the tiles must differ");
        Require(sum.Rows == left.Rows && sum.RowBytes == right.RowBytes && left.RowBytes == 4 * right.Rows, "the sizes must fit");
        Require(sum.RowBytes % 4 == 0 && left.RowBytes % 4 == 0, "rows are whole integers");
        for (var m = 0; m < sum.Rows; m++)
        {
            var sums = MemoryMarshal.Cast<byte, int>(sum.Row(m));
            var a = MemoryMarshal.Cast<byte, sbyte>(left.Row(m));
            for (var k = 0; k < right.Rows; k++)
            {
                var b = MemoryMarshal.Cast<byte, sbyte>(right.Row(k));
                for (var n = 0; n < sum.RowBytes / 4; n++)
                {
                    for (var j = 4 * n; j < 4 * (n + 1); j++)
                    {
                        sums[n] += a[(4 * k) + (j % 4)] * b[j];
                    }
                }
            }
        }
    }

    private static void Require(bool condition, string reason)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"the processor would fault: {reason}");
        }
    }
}

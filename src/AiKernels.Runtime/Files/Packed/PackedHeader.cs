using System.Buffers.Binary;
using AiKernels.Formats;
using AiKernels.Runtime.Hashing;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Files.Packed;

/// <summary>A weight in a packed file.</summary>
/// <param name="Tensor">What it was packed from.</param>
/// <param name="Offset">Its first byte, counted from the start of the packed bytes.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="SourceHash">The hash of the stored rows it was packed from.</param>
internal sealed record PackedEntry(StoredTensor Tensor, long Offset, long Length, ulong SourceHash);

/// <summary>
/// What stands before the packed bytes, all little endian:
/// <code>
/// magic             8 bytes
/// version           u32, of this layout
/// header length     u32, a multiple of 2 MB
/// file length       u64
/// key               numerics version u32, layout string, source length u64, time u64, fingerprint u64
/// weights           u32, then of each: name string, type u32, rows u32, columns u32, offset u64, length u64,
///                   hash of what it was packed from u64
/// pieces            u32, then the hash of each 2 MB of packed bytes u64
/// zeros, and at the header's end the hash u64 of everything before
/// </code>
/// The packed bytes follow. So every byte of the file is part of one hash.
/// </summary>
internal sealed record PackedHeader(IReadOnlyList<PackedEntry> Entries, ulong[] PieceHashes, long PayloadLength)
{
    /// <summary>
    /// Bytes that are hashed and written together: small enough to share out among cores, and a huge page. What is written
    /// in one call into a whole one of the file, the header's length being a multiple too, may lie in one where the file
    /// system has such (ext4 and XFS of late), and then is mapped as one.
    /// </summary>
    public const int PieceBytes = 2 << 20;

    /// <summary>What a weight's offset is a multiple of: a cache line, and the widest register.</summary>
    public const int Alignment = 64;

    /// <summary>The first bytes that need to be read to know <see cref="Length"/>.</summary>
    public const int StartBytes = 16;

    private const uint Version = 3;
    private const int HashBytes = sizeof(ulong);

    // Far beyond any model: a thousand layers and a terabyte of pieces take less.
    private const int MaximumBytes = 16 << 20;

    // The most that packed weights take by the model file's bytes: its rows are rounded up to panels, and nothing is
    // packed into twice its bits. More is nothing to hash a minute for.
    private const int MaximumGrowth = 2 * PanelLayout.Rows;

    // An empty name 1, type, rows and columns 4 each, offset, length and hash 8 each.
    private const int MinimumEntryBytes = 37;

    private static ReadOnlySpan<byte> Magic => "AIKPACK\n"u8;

    /// <summary>How many pieces so many packed bytes have.</summary>
    public static long Pieces(long payloadLength) => (payloadLength / PieceBytes) + (payloadLength % PieceBytes > 0 ? 1 : 0);

    /// <summary>Room for the hashes of so many packed bytes.</summary>
    /// <exception cref="NotSupportedException">They are more than a header holds.</exception>
    public static ulong[] RoomForHashes(long payloadLength) => Pieces(payloadLength) <= MaximumBytes / HashBytes
        ? new ulong[Pieces(payloadLength)]
        : throw TooLong(Pieces(payloadLength) * HashBytes);

    /// <summary>The next multiple of a power of two.</summary>
    public static long AlignUp(long value, long alignment) => (value + alignment - 1) & -alignment;

    /// <summary>The header as bytes.</summary>
    /// <exception cref="NotSupportedException">They are more than would be read again.</exception>
    public byte[] ToBytes(PackedKey key)
    {
        var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(0); // The length, once it is known.
        writer.Write(0L);
        key.Write(writer);
        writer.Write(Entries.Count);
        foreach (var ((name, type, rows, columns), offset, length, hash) in Entries)
        {
            writer.Write(name);
            writer.Write((uint)type);
            writer.Write(rows);
            writer.Write(columns);
            writer.Write(offset);
            writer.Write(length);
            writer.Write(hash);
        }

        writer.Write(PieceHashes.Length);
        Array.ForEach(PieceHashes, writer.Write);
        var all = AlignUp(buffer.Length + HashBytes, PieceBytes);
        var bytes = all <= MaximumBytes ? new byte[all] : throw TooLong(all);
        buffer.Position = Magic.Length + sizeof(uint);
        writer.Write(bytes.Length);
        writer.Write(bytes.Length + PayloadLength);
        buffer.ToArray().CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(
            bytes.AsSpan(bytes.Length - HashBytes), ContentHash.Of(bytes.AsSpan(0, bytes.Length - HashBytes)));
        return bytes;
    }

    /// <summary>The length of a header, from its first <see cref="StartBytes"/>.</summary>
    /// <exception cref="InvalidDataException">This is no packed file of this version.</exception>
    public static int Length(ReadOnlySpan<byte> start, long fileLength)
    {
        if (start.Length < StartBytes || !start.StartsWith(Magic))
        {
            throw new InvalidDataException("is no file of packed weights");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(start[Magic.Length..]);
        if (version != Version)
        {
            throw new InvalidDataException($"has version {version}, not {Version}");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(start[(Magic.Length + sizeof(uint))..]);
        return length >= PieceBytes && length % PieceBytes == 0 && length <= Math.Min(MaximumBytes, fileLength)
            ? length
            : throw new InvalidDataException($"says that its header has {length} bytes");
    }

    /// <summary>Reads a header and checks all of it.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or its key is another.</exception>
    public static PackedHeader Read(byte[] bytes, PackedKey key, long fileLength)
    {
        var hashed = bytes.AsSpan(0, bytes.Length - HashBytes);
        if (ContentHash.Of(hashed) != BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(hashed.Length)))
        {
            throw new InvalidDataException("has a damaged header");
        }

        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, StartBytes, hashed.Length - StartBytes));
            return Read(reader, key, fileLength, fileLength - bytes.Length);
        }
        catch (Exception failure) when (failure is EndOfStreamException or FormatException)
        {
            throw new InvalidDataException("has a header that ends too early", failure);
        }
    }

    // The hash was right, so that only a file made to deceive gets past here with a wrong number; still none is believed.
    private static PackedHeader Read(BinaryReader reader, PackedKey key, long fileLength, long payloadLength)
    {
        var length = reader.ReadInt64();
        if (length != fileLength)
        {
            throw new InvalidDataException($"has {fileLength} bytes instead of {length}");
        }

        key.Expect(reader);
        var entries = ReadEntries(reader, payloadLength);
        if (payloadLength / MaximumGrowth > key.Source.Length)
        {
            throw new InvalidDataException($"has {payloadLength} bytes of weights for a model of {key.Source.Length}");
        }

        var hashes = new ulong[Count(reader, sizeof(ulong))];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = reader.ReadUInt64();
        }

        return hashes.Length == Pieces(payloadLength)
            ? new PackedHeader(entries, hashes, payloadLength)
            : throw new InvalidDataException($"has hashes of {hashes.Length} pieces, not of {Pieces(payloadLength)}");
    }

    /// <summary>Reads the weights, which lie one behind the other and fill the payload.</summary>
    private static PackedEntry[] ReadEntries(BinaryReader reader, long payloadLength)
    {
        var (entries, end) = (new PackedEntry[Count(reader, MinimumEntryBytes)], 0L);
        for (var i = 0; i < entries.Length; i++)
        {
            var tensor = new StoredTensor(reader.ReadString(), (GgmlType)reader.ReadUInt32(), reader.ReadInt32(), reader.ReadInt32());
            entries[i] = new PackedEntry(tensor, reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt64());
            var (offset, bytes) = (entries[i].Offset, entries[i].Length);
            if (offset != end || bytes < 0 || bytes > payloadLength - offset)
            {
                throw new InvalidDataException($"has a weight {Printable.Quote(tensor.Name)} that lies outside of its place");
            }

            end = AlignUp(offset + bytes, Alignment);
        }

        return end == payloadLength
            ? entries
            : throw new InvalidDataException($"has {end} bytes of weights in {payloadLength}");
    }

    private static NotSupportedException TooLong(long bytes) =>
        new($"the header of these weights has {bytes} bytes, where {MaximumBytes} may be");

    private static int Count(BinaryReader reader, int minimumBytes)
    {
        var count = reader.ReadInt32();
        var left = reader.BaseStream.Length - reader.BaseStream.Position;
        return count >= 0 && count <= left / minimumBytes
            ? count
            : throw new InvalidDataException($"counts {count} items in {left} bytes");
    }
}

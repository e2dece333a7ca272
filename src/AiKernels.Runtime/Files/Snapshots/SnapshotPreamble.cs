using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// What a file begins with, little endian, and all that it tells without its key:
/// <code>
/// magic      8 bytes
/// version    u32, of the layout
/// form       u32: 0 in the open, 1 encrypted
/// salt       32 random bytes: no two files are sealed alike
/// </code>
/// </summary>
internal static class SnapshotPreamble
{
    /// <summary>Its length.</summary>
    public const int Bytes = 48;

    private const uint Version = 2, Open = 0, Encrypted = 1;
    private const int VersionOffset = 8, FormOffset = 12, SaltOffset = 16;

    private static ReadOnlySpan<byte> Magic => "AIKSNAP\n"u8;

    /// <summary>Begins a file: its first bytes, and what seals the others.</summary>
    public static (byte[] Bytes, ChunkSeal Seal) Create(SnapshotKey? key)
    {
        var bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(VersionOffset), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(FormOffset), key is null ? Open : Encrypted);
        RandomNumberGenerator.Fill(bytes.AsSpan(SaltOffset));
        return (bytes, Seal(bytes, key));
    }

    /// <summary>What opens the chunks of a file of these first bytes.</summary>
    /// <exception cref="InvalidDataException">This is no snapshot, or of another version, or of another form than the key asks for.</exception>
    public static ChunkSeal Read(ReadOnlySpan<byte> bytes, SnapshotKey? key, string fileName)
    {
        var cursor = new GgufCursor(bytes, fileName, bytes.Length);
        if (!bytes.StartsWith(Magic))
        {
            throw cursor.Bad("magic", 0, "is missing; this is no snapshot");
        }

        cursor.Position = VersionOffset;
        if (cursor.UInt32("version") is var version && version != Version)
        {
            throw cursor.Bad("version", VersionOffset, $"is {version}, not {Version}");
        }

        var problem = (cursor.UInt32("form"), key) switch
        {
            (Open, null) or (Encrypted, not null) => null,
            (Encrypted, null) => "says that it is encrypted, and there is no key",
            (Open, not null) => "says that it is not encrypted, where a key is given", // Whoever has a key wants no stranger's file.
            (var form, _) => $"is {form}, not {Open} or {Encrypted}",
        };
        if (problem is not null)
        {
            throw cursor.Bad("form", FormOffset, problem);
        }

        _ = cursor.Take(Bytes - SaltOffset, "salt");
        return Seal(bytes, key);
    }

    private static ChunkSeal Seal(ReadOnlySpan<byte> bytes, SnapshotKey? key) => key is null
        ? new HashSeal(bytes)
        : new EncryptedSeal(bytes, bytes[SaltOffset..], key);
}

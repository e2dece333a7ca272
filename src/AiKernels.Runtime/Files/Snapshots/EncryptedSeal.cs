using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// Content encrypted with AES-256-GCM (NIST SP 800-38D), a chunk at a time as in STREAM (Hoang, Reyhanitabar, Rogaway and
/// Vizár: Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, 2015): a chunk's nonce is its place and
/// whether it is the last one, so that chunks can't change places, be left out or cut off. The preamble is authenticated
/// with each chunk.
/// </summary>
/// <remarks>
/// A file has a key of its own, made of the host's and the preamble's random salt (HKDF with SHA-256, RFC 5869): that is
/// what allows nonces to start from 0 in every file.
/// </remarks>
internal sealed class EncryptedSeal : ChunkSeal
{
    private const int NonceBytes = 12, Tag = 16;

    private readonly byte[] _preamble;
    private readonly byte[] _fileKey = new byte[SnapshotKey.Length];

    /// <exception cref="PlatformNotSupportedException">The system has no AES-GCM.</exception>
    public EncryptedSeal(ReadOnlySpan<byte> preamble, ReadOnlySpan<byte> salt, SnapshotKey key)
    {
        if (!AesGcm.IsSupported)
        {
            throw new PlatformNotSupportedException("this system has no AES-GCM, with which snapshots are encrypted");
        }

        _preamble = preamble.ToArray();
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, _fileKey, salt, "AiKernels snapshot, AES-256-GCM"u8);
    }

    public override int TagBytes => Tag;

    public override bool IsSecret => true;

    public override void Close(long chunk, bool isLast, Span<byte> bytes, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(chunk, isLast, nonce);
        using var cipher = new AesGcm(_fileKey, Tag); // One for each chunk: it is not thread-safe, and nothing beside a megabyte.
        cipher.Encrypt(nonce, bytes, bytes, tag, _preamble);
    }

    public override bool TryOpen(long chunk, bool isLast, Span<byte> bytes, ReadOnlySpan<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(chunk, isLast, nonce);
        using var cipher = new AesGcm(_fileKey, Tag);
        try
        {
            cipher.Decrypt(nonce, bytes, tag, bytes, _preamble);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_fileKey);

    private static void WriteNonce(long chunk, bool isLast, Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(nonce, chunk);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }
}

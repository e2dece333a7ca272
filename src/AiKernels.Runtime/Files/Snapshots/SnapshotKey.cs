namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// What snapshots are encrypted with: 32 random bytes that the host keeps. Not a password, which is to be guessed.
/// </summary>
/// <remarks>No array, so that a key that is missing by mistake is no snapshot in the open.</remarks>
public sealed class SnapshotKey
{
    /// <summary>Its bytes: AES-256.</summary>
    public const int Length = 32;

    private readonly byte[] _bytes;

    /// <summary>A key of these bytes.</summary>
    /// <exception cref="ArgumentException">There are not <see cref="Length"/>.</exception>
    public SnapshotKey(ReadOnlySpan<byte> bytes) => _bytes = bytes.Length == Length
        ? bytes.ToArray()
        : throw new ArgumentException($"a key has {Length} bytes, not {bytes.Length}", nameof(bytes));

    internal ReadOnlySpan<byte> Bytes => _bytes;
}

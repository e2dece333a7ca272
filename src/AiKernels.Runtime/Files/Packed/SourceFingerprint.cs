using System.Buffers.Binary;
using AiKernels.Runtime.Hashing;
using Microsoft.Win32.SafeHandles;

namespace AiKernels.Runtime.Files.Packed;

/// <summary>A hash that tells one model from another by few of its bytes: see <see cref="SourceIdentity"/>.</summary>
internal static class SourceFingerprint
{
    private const int SampleBytes = 4096;

    /// <summary>The hash of a header, by its own hash, and of samples from its tensors.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static ulong Of(ulong header, IReadOnlyList<GgufTensor> tensors, SafeFileHandle file)
    {
        var hashes = new byte[(tensors.Count + 1) * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(hashes, header);
        Span<byte> sample = stackalloc byte[SampleBytes];
        for (var i = 0; i < tensors.Count; i++)
        {
            // From the middle: beginnings can be alike where the rest is not, as in a table of tokens.
            var length = (int)Math.Min(SampleBytes, tensors[i].ByteLength);
            var read = RandomAccess.Read(file, sample[..length], tensors[i].Offset + ((tensors[i].ByteLength - length) / 2));
            BinaryPrimitives.WriteUInt64LittleEndian(hashes.AsSpan((i + 1) * sizeof(ulong)), ContentHash.Of(sample[..read]));
        }

        return ContentHash.Of(hashes);
    }
}

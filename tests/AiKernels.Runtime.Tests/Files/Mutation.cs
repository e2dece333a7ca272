using System.Buffers.Binary;

namespace AiKernels.Runtime.Tests.Files;

/// <summary>A few random damages of the kinds that files suffer, or that attackers try.</summary>
internal static class Mutation
{
    private static readonly ulong[] Extremes =
    [
        0, 1, 2, 255, 65_536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 60, long.MaxValue, 1UL << 63,
        ulong.MaxValue,
    ];

    public static byte[] Of(byte[] honest, Random random)
    {
        byte[] bytes = [.. honest];
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Length);
            var length = random.Next(Math.Min(bytes.Length - at, 64));
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2 when bytes.Length - at >= sizeof(ulong):
                    BinaryPrimitives.WriteUInt64LittleEndian(
                        bytes.AsSpan(at), Extremes[random.Next(Extremes.Length)] + (ulong)random.Next(-1, 2));
                    break;
                case 3:
                    bytes = [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
                    break;
                case 4:
                    var from = random.Next(bytes.Length - length);
                    bytes = [.. bytes.AsSpan(0, at), .. bytes.AsSpan(from, length), .. bytes.AsSpan(at)];
                    break;
                case 5 when random.Next(4) == 0 && at > 0:
                    bytes = bytes[..at];
                    break;
            }
        }

        return bytes;
    }
}

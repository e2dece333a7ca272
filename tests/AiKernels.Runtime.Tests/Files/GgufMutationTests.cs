using System.Buffers.Binary;
using System.Diagnostics;
using AiKernels.Runtime.Files;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Files;

public sealed class GgufMutationTests
{
    private const int Mutations = 4_000;

    // Values walked out of a file take at most some 10 bytes a byte of file (an empty string costs a reference and a
    // long holds what was one byte); the constant covers the mapping, the exception and the test's own objects.
    private const long AllocationPerByte = 24, AllocationPerFile = 200_000;

    private static readonly TimeSpan MostTimePerFile = TimeSpan.FromSeconds(5);

    private static readonly ulong[] Extremes =
    [
        0, 1, 2, 255, 65_536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 60, long.MaxValue, 1UL << 63,
        ulong.MaxValue,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_mutated_file_is_read_or_refused_and_nothing_else(int seed)
    {
        var random = new Random(seed);
        var honest = GgufSketch.Honest().ToArray();
        var (read, refused) = (0, 0);
        using var file = new TemporaryFile(honest);
        for (var i = 0; i < Mutations; i++)
        {
            if (IsRead(file, Mutate(honest, random)))
            {
                read++;
            }
            else
            {
                refused++;
            }
        }

        // Both must happen often, or the mutations are too tame or too wild to test anything.
        Assert.InRange(read, Mutations / 20, Mutations);
        Assert.InRange(refused, Mutations / 20, Mutations);
    }

    [Fact]
    public void A_mutated_trained_model_is_read_or_refused_and_nothing_else()
    {
        var model = File.ReadAllBytes(TestData.Path("models/stories260K.gguf"));
        var random = new Random(3);
        using var file = new TemporaryFile(model);
        for (var i = 0; i < 300; i++)
        {
            // The header is 1 % of the file; mutations of weights would all be read.
            IsRead(file, [.. Mutate(model[..16_000], random), .. model.AsSpan(16_000)]);
        }
    }

    /// <summary>Whether a file can be opened and read to its last value; other exceptions fail the test.</summary>
    private static bool IsRead(TemporaryFile file, byte[] mutant)
    {
        file.Overwrite(mutant);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        try
        {
            using var opened = GgufFile.Open(file.Path);
            GgufWalk.ReadEverything(opened);
            return true;
        }
        catch (InvalidDataException refusal)
        {
            Assert.Matches(@" at byte \d+ ", refusal.Message);
            return false;
        }
        finally
        {
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, MostTimePerFile);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.InRange(allocated, 0, AllocationPerFile + (AllocationPerByte * mutant.Length));
        }
    }

    private static byte[] Mutate(byte[] honest, Random random)
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

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
            if (IsRead(file, Mutation.Of(honest, random)))
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
            IsRead(file, [.. Mutation.Of(model[..16_000], random), .. model.AsSpan(16_000)]);
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
}

using AiKernels.Cpu;
using Xunit;

namespace AiKernels.Tests.Cpu;

public class CpuFeaturesTests
{
    [Fact]
    public void A_backend_does_without_what_it_is_told_to()
    {
        foreach (var without in (CpuFeatures[])[CpuFeatures.None, CpuFeatures.Assembled, CpuFeatures.Avx512 | CpuFeatures.Amx, CpuFeatures.Avx512Vnni | CpuFeatures.Amx])
        {
            var expected = InstructionSet.Supported.First(set => (set.Needs & without) == 0);
            using var backend = new CpuBackend(1, without);
            Assert.Equal($"CPU, {expected.Name}, 1 threads", backend.Description);
        }

        using var none = new CpuBackend(1, Enum.GetValues<CpuFeatures>().Aggregate((all, feature) => all | feature));
        Assert.Equal("CPU, scalar, 1 threads", none.Description);
    }

    [Theory]
    [InlineData(null, CpuFeatures.None)]
    [InlineData("", CpuFeatures.None)]
    [InlineData("amx", CpuFeatures.Amx)]
    [InlineData(" AMX, avx512 ,,Assembled", CpuFeatures.Amx | CpuFeatures.Avx512 | CpuFeatures.Assembled)]
    public void The_variable_names_features(string? value, CpuFeatures expected) =>
        Assert.Equal(expected, DisabledFeatures.Parse(value));

    [Theory]
    [InlineData("sse9")]
    [InlineData("avx512;amx")]
    [InlineData("4")]
    public void An_unknown_name_is_refused_in_a_sentence(string value)
    {
        var failure = Assert.Throws<InvalidOperationException>(() => DisabledFeatures.Parse(value));
        Assert.StartsWith($"AIKERNELS_DISABLE names '{value}', which is none of None, Avx2, ", failure.Message, StringComparison.Ordinal);
    }
}

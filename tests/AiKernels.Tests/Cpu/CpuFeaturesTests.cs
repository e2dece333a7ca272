using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Formats;
using Xunit;

namespace AiKernels.Tests.Cpu;

public class CpuFeaturesTests
{
    [Fact]
    public void A_backend_does_without_what_it_is_told_to()
    {
        foreach (var without in (CpuFeatures[])[
            CpuFeatures.None, CpuFeatures.Assembled, CpuFeatures.Avx512 | CpuFeatures.Amx, CpuFeatures.Avx512Vnni | CpuFeatures.Amx,
            CpuFeatures.Avx512 | CpuFeatures.AvxVnni,
        ])
        {
            var expected = InstructionSet.Supported.First(set => (set.Needs & without) == 0);
            using var backend = new CpuBackend(1, without);
            Assert.Equal($"CPU, {expected.Name}, 1 threads", backend.Description);
        }

        using var none = new CpuBackend(1, Enum.GetValues<CpuFeatures>().Aggregate((all, feature) => all | feature));
        Assert.Equal("CPU, scalar, 1 threads", none.Description);
    }

    [Fact]
    public void What_the_processor_has_is_used()
    {
        Assert.SkipUnless(X86Base.IsSupported && RuntimeInformation.ProcessArchitecture == Architecture.X64, "not an x64 processor");
        Assert.SkipUnless(DisabledFeatures.FromEnvironment() == CpuFeatures.None, "features are switched off");
        Assert.SkipWhen(Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("DOTNET_EnableAVX", StringComparison.Ordinal)), "instructions are switched off");
        var (hasWide, hasNarrow) = (
            Avx512BW.IsSupported && (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0,
            Avx2.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << 4)) != 0);
        Assert.Equal(hasWide, InstructionSet.Supported.Any(set => set.Name == "AVX-512 VNNI"));
        Assert.Equal(hasNarrow, InstructionSet.Supported.Any(set => set.Name == "AVX-VNNI"));
        Assert.Equal(Avx512BW.IsSupported, InstructionSet.Supported.Any(set => set.Name == "AVX-512"));
        Assert.Equal(Avx2.IsSupported, InstructionSet.Supported.Any(set => set.Name == "AVX2"));
        foreach (var set in InstructionSet.Supported.Where(set => (set.Needs & CpuFeatures.Assembled) != 0))
        {
            GgmlType[] quantized = [GgmlType.Q8_0, GgmlType.Q4_0, GgmlType.Q4_K, GgmlType.Q6_K];
            Assert.All(quantized, type => Assert.IsType<AssembledKernel>(set.Kernel(type)));
        }
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

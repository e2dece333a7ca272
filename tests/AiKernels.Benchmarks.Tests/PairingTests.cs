using AiKernels.Benchmarks.Peers;
using Xunit;

namespace AiKernels.Benchmarks.Tests;

public class PairingTests
{
    [Fact]
    public void A_variant_alone_runs_all_scenarios_without_settings()
    {
        var pairing = Pairing.Parse("icelake");
        Assert.Equal("icelake", pairing.Variant);
        Assert.Equal(Scenario.Names, pairing.Scenarios);
        Assert.Empty(pairing.Settings);
    }

    [Fact]
    public void The_peers_own_choice_has_no_variant() => Assert.Null(Pairing.Parse("auto").Variant);

    [Fact]
    public void Scenarios_and_settings_follow_the_variant()
    {
        var pairing = Pairing.Parse("haswell@prefill,decode-deep;AIKERNELS_DISABLE=amx,avx512;DOTNET_EnableAVX512=0;X=");
        Assert.Equal(["prefill", "decode-deep"], pairing.Scenarios);
        Assert.Equal(
            [new("AIKERNELS_DISABLE", "amx,avx512"), new("DOTNET_EnableAVX512", "0"), new("X", "")],
            pairing.Settings.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("../haswell")] // It becomes part of a library's path.
    [InlineData("has well")]
    [InlineData("haswell@fast")]
    [InlineData("haswell@")]
    [InlineData("haswell@prefill@decode")]
    [InlineData("haswell;AMX")]
    [InlineData("haswell;=0")]
    public void Anything_else_is_refused_in_a_sentence(string text) =>
        Assert.NotEqual("", Assert.Throws<FormatException>(() => Pairing.Parse(text)).Message);
}

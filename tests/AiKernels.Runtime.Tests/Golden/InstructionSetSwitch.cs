using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using Xunit;

namespace AiKernels.Runtime.Tests.Golden;

/// <summary>The environment variables by which .NET, or we, leave instructions unused.</summary>
internal static class InstructionSetSwitch
{
    private static readonly Dictionary<string, bool> IsOn = new()
    {
        ["DOTNET_EnableAVX512=0"] = Avx512F.IsSupported,
        ["DOTNET_EnableAVX512v3=0"] = X86Base.IsSupported && AssembledCode.HasWholeGroup() && IsUsed(CpuFeatures.Avx512Vnni),
        ["DOTNET_EnableAVXVNNI=0"] = IsUsed(CpuFeatures.AvxVnni),
        ["DOTNET_EnableAVX2=0"] = Avx2.IsSupported,
        ["DOTNET_EnableHWIntrinsic=0"] = X86Base.IsSupported || ArmBase.IsSupported,
        ["AIKERNELS_DISABLE=amx"] = IsUsed(CpuFeatures.Amx),
        ["AIKERNELS_DISABLE=assembled"] = IsUsed(CpuFeatures.Assembled),
        ["AIKERNELS_DISABLE=avx512"] = IsUsed(CpuFeatures.Avx512),
        ["AIKERNELS_DISABLE=avx512,avxvnni"] = IsUsed(CpuFeatures.Avx512 | CpuFeatures.AvxVnni),
        ["AIKERNELS_DISABLE=avx512vnni"] = IsUsed(CpuFeatures.Avx512Vnni),
    };

    /// <summary>Each as NAME=VALUE.</summary>
    public static IEnumerable<string> Settings => IsOn.Keys;

    /// <summary>Asserts that what is switched off for this process is off: .NET ignores names that it doesn't know.</summary>
    public static void AssertOff() => Assert.All(
        IsOn,
        entry =>
        {
            var (name, value) = Parse(entry.Key);
            Assert.False(entry.Value && Environment.GetEnvironmentVariable(name) == value, $"{entry.Key} is ignored");
        });

    public static (string Name, string Value) Parse(string setting) => setting.Split('=') is [var name, var value]
        ? (name, value)
        : throw new ArgumentException(setting);

    private static bool IsUsed(CpuFeatures feature) => InstructionSet.Supported.Any(set => (set.Needs & feature) != 0);
}

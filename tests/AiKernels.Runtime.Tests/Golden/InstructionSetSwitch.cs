using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace AiKernels.Runtime.Tests.Golden;

/// <summary>The environment variables by which .NET leaves instructions unused.</summary>
internal static class InstructionSetSwitch
{
    private static readonly Dictionary<string, bool> IsOn = new()
    {
        ["DOTNET_EnableAVX512"] = Avx512F.IsSupported,
        ["DOTNET_EnableAVX2"] = Avx2.IsSupported,
        ["DOTNET_EnableHWIntrinsic"] = X86Base.IsSupported || ArmBase.IsSupported,
    };

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Variables => IsOn.Keys;

    /// <summary>Asserts that what is switched off for this process is off: .NET ignores names that it doesn't know.</summary>
    public static void AssertOff() => Assert.All(
        IsOn,
        entry => Assert.False(entry.Value && Environment.GetEnvironmentVariable(entry.Key) == "0", $"{entry.Key}=0 is ignored"));
}

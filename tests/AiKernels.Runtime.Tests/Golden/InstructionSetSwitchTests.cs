using System.Text.RegularExpressions;
using Xunit;

namespace AiKernels.Runtime.Tests.Golden;

/// <summary>Golden hashes hold in processes that may not use an instruction set.</summary>
public partial class InstructionSetSwitchTests
{
    public static TheoryData<string> Settings => new(InstructionSetSwitch.Settings);

    [Theory]
    [MemberData(nameof(Settings))]
    public void Golden_hashes_hold_in_a_process_with_an_instruction_set_switched_off(string setting)
    {
        var (exitCode, output) = RunAgain(setting);
        var summary = Summary().Match(output);
        Assert.True(exitCode == 0 && summary.Success, output);
        var (total, skipped) = (int.Parse(summary.Groups[1].ValueSpan), int.Parse(summary.Groups[2].ValueSpan));
        Assert.Equal(GoldenModel.Names.Count(), total);
        Assert.SkipWhen(skipped == total, "none of the models is here");
    }

    /// <summary>Runs the golden test of this assembly in a process of its own.</summary>
    private static (int ExitCode, string Output) RunAgain(string setting)
    {
        var (name, value) = InstructionSetSwitch.Parse(setting);
        using var process = OwnProcess.Start(
            typeof(GoldenHashTests), nameof(GoldenHashTests.The_instruction_sets_that_the_environment_leaves_give_the_golden_hash), name, value);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    [GeneratedRegex(@"Total: (\d+), Errors: 0, Failed: 0, Skipped: (\d+)")]
    private static partial Regex Summary();
}

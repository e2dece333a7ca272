using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace AiKernels.Gpu.Tests.Kernels;

/// <summary>What CUDA devices would run, read and assembled without one.</summary>
public partial class PtxTests
{
    public static TheoryData<string> Kernels => new(CompiledKernels.All.Select(CompiledKernels.Name));

    /// <summary>Whether there is NVIDIA's assembler.</summary>
    public static bool HasAssembler { get; } = TryStart("--version") is not null;

    /// <summary>
    /// Each would go unnoticed on the CPU accelerator, which runs the C#: a call of .NET's own code, a rounding left to the
    /// assembler, a function that ILGPU gets wrong.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_kernel_leaves_nothing_to_chance(string name)
    {
        var ptx = Ptx(name);
        Assert.DoesNotContain(".extern .func", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("copysign", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("mul.f32", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("add.f32", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("sub.f32", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("min.f32", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("max.f32", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".approx", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("div.full", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".ftz", ptx, StringComparison.Ordinal);
    }

    /// <summary>
    /// A division takes a device some thirty instructions: none by a constant, which masks and shifts do as well, and none at all
    /// in products. Unsigned, by a power of two, the assembler shifts by itself; signed it adds what negative numbers need.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_kernel_does_not_divide_where_it_can_shift(string name)
    {
        var divisions = name.Contains("Product", StringComparison.Ordinal) ? Divisions() : ConstantDivisions();
        Assert.DoesNotMatch(divisions, Ptx(name));
    }

    /// <summary>For an A100 and an H100.</summary>
    [Theory(SkipUnless = nameof(HasAssembler), Skip = "ptxas isn't on the path")]
    [MemberData(nameof(Kernels))]
    public void A_kernel_assembles_and_spills_nothing(string name) =>
        Assert.All(["sm_80", "sm_90"], architecture => AssertAssembles(Ptx(name), architecture));

    private static void AssertAssembles(string ptx, string architecture)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, ptx);
            using var assembler = TryStart($"-arch={architecture}", "-v", "-o", "/dev/null", file)!;
            var text = assembler.StandardError.ReadToEnd() + assembler.StandardOutput.ReadToEnd();
            assembler.WaitForExit();
            Assert.True(assembler.ExitCode == 0, text);
            TestContext.Current.TestOutputHelper?.WriteLine(text);
            Assert.All(Spills().Matches(text), spill => Assert.Equal("0", spill.Groups[1].Value));
            Assert.All(Stack().Matches(text), stack => Assert.Equal("0", stack.Groups[1].Value));
            Assert.Matches(Spills(), text);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Ptx(string name) => CompiledKernels.Ptx(CompiledKernels.All.Single(kernel => CompiledKernels.Name(kernel) == name));

    private static Process? TryStart(params string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("ptxas", arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\b(?:div|rem)\.[su](?:16|32|64)\b")]
    private static partial Regex Divisions();

    [GeneratedRegex(@"\b(?:div|rem)\.s(?:16|32|64)\s[^;]*,\s*\d+;")]
    private static partial Regex ConstantDivisions();

    [GeneratedRegex(@"(\d+) bytes spill (?:stores|loads)")]
    private static partial Regex Spills();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();
}

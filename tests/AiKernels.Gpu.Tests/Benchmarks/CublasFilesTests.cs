using AiKernels.Gpu.Benchmarks;
using AiKernels.Gpu.Benchmarks.Reports;
using AiKernels.Gpu.Benchmarks.Suites;
using Xunit;

namespace AiKernels.Gpu.Tests.Benchmarks;

public sealed class CublasFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("aikernels-cublas-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void It_is_found_in_packages_of_python_the_newest_first()
    {
        Make("nvidia/cu13/lib/libcublas.so.13");
        Make("nvidia/cu13/lib/libcublasLt.so.13");
        Make("nvidia/cublas/lib/libcublas.so.12");
        Make("torch/lib/libcublas.so.11");

        Assert.Equal(
            ["nvidia/cu13/lib/libcublas.so.13", "nvidia/cublas/lib/libcublas.so.12", "torch/lib/libcublas.so.11"],
            Relative(CublasFiles.InPackages(_root)));
    }

    [Fact]
    public void It_is_found_in_toolkits_the_newest_first()
    {
        Make("cuda-12.4/targets/x86_64-linux/lib/libcublas.so.12");
        Make("cuda-13.0/lib64/libcublas.so.13");

        Assert.Equal(
            ["cuda-13.0/lib64/libcublas.so.13", "cuda-12.4/targets/x86_64-linux/lib/libcublas.so.12"],
            Relative(CublasFiles.InToolkits(_root)));
    }

    [Fact]
    public void Folders_that_are_not_there_have_none()
    {
        Assert.Empty(CublasFiles.InPackages(Path.Combine(_root, "none")));
        Assert.Empty(CublasFiles.InToolkits(Path.Combine(_root, "none")));
    }

    [Fact]
    public void A_file_that_was_named_is_the_only_one() => Assert.Equal(["mine.so"], CublasFiles.Candidates("mine.so"));

    [Fact]
    public void A_file_that_was_named_and_is_not_there_is_a_failure()
    {
        var results = new Results();
        CublasSuite.Miss("mine.so", ["it is too old"], results);
        Assert.Equal(["'mine.so', which --cublas or AIKERNELS_CUBLAS names, can't be used; it is too old"], results.Failures);
    }

    [Fact]
    public void One_that_does_not_work_keeps_none_after_it_from_being_tried()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libraries have other names here");
        var refusals = new List<string>();
        Assert.False(CublasLibrary.TryLoad(["libc.so.6", "/nowhere/libcublas.so", "libm.so.6"], 0, refusals, out _));
        Assert.Equal(["libc.so.6", "libm.so.6"], refusals.Select(refusal => refusal.Split(':')[0]));
    }

    private IEnumerable<string> Relative(IEnumerable<string> files) => files.Select(file => Path.GetRelativePath(_root, file));

    private void Make(string file)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
    }
}

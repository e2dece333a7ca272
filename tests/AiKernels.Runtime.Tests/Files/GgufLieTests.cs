using System.Diagnostics;
using AiKernels.Runtime.Files;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Files;

public sealed class GgufLieTests
{
    // A lie must not make the reader allocate; what it does allocate is the mapping's and the exception's.
    private const long MostAllocatedBytes = 1 << 20;

    public static TheoryData<string> Lies => [.. GgufLies.All.Keys];

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lie_is_refused_naming_field_and_offset_in_one_sentence(string name)
    {
        var lie = GgufLies.All[name];
        using var file = new TemporaryFile(lie.Bytes);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();

        var refusal = Assert.Throws<InvalidDataException>(() => GgufFile.Open(file.Path));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, MostAllocatedBytes);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Contains(lie.Complaint, refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith(Path.GetFileName(file.Path), refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Every_prefix_of_an_honest_file_is_refused()
    {
        var honest = GgufSketch.Honest().ToArray();
        using var file = new TemporaryFile(honest);
        for (var length = 0; length < honest.Length; length++)
        {
            file.Overwrite(honest.AsSpan(0, length));
            Assert.Throws<InvalidDataException>(() => GgufFile.Open(file.Path));
        }
    }

    [Fact]
    public void Control_characters_of_a_lying_file_do_not_reach_the_terminal()
    {
        var bytes = new GgufSketch().Bytes("magic", "GGUF"u8).UInt32("version", 3)
            .UInt64("tensor count", 0).UInt64("metadata count", 1).Key("\u001B[2J\u202Egone\n", 99).ToArray();
        using var file = new TemporaryFile(bytes);

        var refusal = Assert.Throws<InvalidDataException>(() => GgufFile.Open(file.Path));

        Assert.Contains(@"'\u{1b}[2J\u{202e}gone\n'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_is_refused()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => GgufFile.Open(Path.GetTempPath()));
        Assert.Contains("directory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_an_ordinary_input_error()
    {
        using var missing = new TemporaryFile();
        Assert.Throws<FileNotFoundException>(() => GgufFile.Open(missing.Path));
    }

    [Fact]
    public void A_file_is_opened_through_links()
    {
        using var file = new TemporaryFile(GgufSketch.Honest().ToArray());
        using var link = new TemporaryFile();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        File.CreateSymbolicLink(link.Path, Path.GetFileName(file.Path));

        using var opened = GgufFile.Open(link.Path);

        Assert.Equal(new FileInfo(file.Path).Length, opened.Length);
    }
}

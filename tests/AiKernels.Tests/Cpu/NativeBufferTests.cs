using System.Globalization;
using AiKernels.Cpu;
using Xunit;

namespace AiKernels.Tests.Cpu;

public unsafe class NativeBufferTests
{
    private const int Bytes = (9 << 20) + 1000;

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(Bytes)]
    public void Memory_is_zeroed_and_aligned(int bytes)
    {
        for (var round = 0; round < 3; round++)
        {
            using var buffer = new NativeBuffer(bytes);
            var span = new Span<byte>(buffer.Data, bytes);
            Assert.Equal(-1, span.IndexOfAnyExcept((byte)0));
            Assert.Equal(0, (long)buffer.Data % 64);
            span.Fill(1); // What a later round must not find.
        }
    }

    [Fact]
    public void Huge_pages_are_asked_for_where_memory_fills_one()
    {
        Assert.SkipUnless(File.Exists("/sys/kernel/mm/transparent_hugepage/enabled"), "this system has no huge pages to ask for");
        using var large = new NativeBuffer(Bytes);
        Assert.True(IsAdvised(large.Data));
    }

    /// <summary>Whether the mapping of an address has the flag "hg", by the system's own account.</summary>
    private static bool IsAdvised(byte* address)
    {
        var isHere = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var range = line.Split(' ')[0].Split('-');
            if (range.Length == 2 && Parse(range[0]) is { } start && Parse(range[1]) is { } end)
            {
                isHere = (ulong)address >= start && (ulong)address < end;
            }
            else if (isHere && line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                return line.Split(' ').Contains("hg");
            }
        }

        return false;
    }

    private static ulong? Parse(string hexadecimal) =>
        ulong.TryParse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) ? value : null;
}

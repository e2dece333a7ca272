using System.Runtime.Intrinsics;
using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using AiKernels.Cpu.Rooflines;
using AiKernels.Cpu.Simd;
using AiKernels.Cpu.Threads;
using AiKernels.Tests.Cpu.Assembled;
using AiKernels.Tests.Cpu.Simd;
using Xunit;

namespace AiKernels.Tests.Cpu;

public unsafe class RooflineTests
{
    [Fact]
    public void A_machine_reads_and_multiplies()
    {
        var roofline = Roofline.Measure(2);
        Assert.True(roofline.BytesPerSecond > 0 && roofline.OperationsPerSecond > 0, $"{roofline}");
        Assert.Contains(roofline.Streams, (int[])[1, 4, 8, 16]);
        Assert.Contains(roofline.MultiplyUnit, MultiplyLoop.Supported.Select(loop => loop.Unit));
    }

    [Fact]
    public void Threads_out_of_range_are_refused_and_a_cancelled_measurement_ends()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Roofline.Measure(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Roofline.Measure(1025));
        Assert.Throws<OperationCanceledException>(() => Roofline.Measure(1, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Of_two_measurements_the_higher_roofs_count()
    {
        var (first, second) = (new Roofline(10, 4, 200, "one"), new Roofline(11, 8, 100, "other"));
        Assert.Equal(new Roofline(11, 8, 200, "one"), Roofline.Highest(first, second));
        Assert.Equal(new Roofline(11, 8, 200, "one"), Roofline.Highest(second, first));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void Every_byte_that_counts_is_read(int count)
    {
        const int pieceBytes = 20_000, pieces = 2;
        var memory = stackalloc byte[pieceBytes * pieces];
        new Span<byte>(memory, pieceBytes * pieces).Clear();
        var streams = new Streams(memory, pieceBytes, count);
        Assert.InRange(streams.BytesRead, pieceBytes - (count * 2 * Streams.VisitBytes), pieceBytes);
        for (var i = 0; i < pieceBytes; i++)
        {
            memory[pieceBytes + i] = 0x20;
            var expected = i < streams.BytesRead ? 0x20 : 0;
            Assert.Equal(expected, new ReadStreams<Scalar, int>(streams).Read(1));
            Assert.Equal(expected, new ReadStreams<Neon<NeonModel>, Vector128<byte>>(streams).Read(1));
            memory[pieceBytes + i] = 0;
        }
    }

    [Fact]
    public void Memory_is_measured_with_any_number_of_threads_and_little_of_it()
    {
        using var pool = new WorkerPool(64);
        Assert.True(MemoryBandwidth.Measure(pool, 3 << 20, CancellationToken.None).BytesPerSecond > 0);
        Assert.True(MemoryBandwidth.BufferBytes > 1 << 20);
    }

    [Fact]
    public void The_buffer_is_read_in_what_a_model_left_free()
    {
        const long gigabyte = 1L << 30, cache = gigabyte / 2;
        Assert.Equal(2 * gigabyte, MemoryBandwidth.BufferBytesWithin(free: 100 * gigabyte, cache));
        Assert.Equal(gigabyte, MemoryBandwidth.BufferBytesWithin(free: 4 * gigabyte, cache));
        Assert.InRange(MemoryBandwidth.BufferBytesWithin(free: -gigabyte, cache), 1, 16 << 20);
        var free = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        Assert.InRange(MemoryBandwidth.BufferBytes, 1, Math.Max(free / 3, 16 << 20));
    }

    [Fact]
    public void A_round_is_counted_as_what_it_multiplies_and_adds()
    {
        // Eight sums of 1 lane, of 4 and of 16, four products a lane.
        Assert.Equal(8 * 4 * 2, new DotLoop<Scalar, int>("").OperationsPerRound);
        Assert.Equal(8 * 16 * 2, new DotLoop<Neon<NeonModel>, Vector128<byte>>("").OperationsPerRound);
        Assert.Equal(8 * 64 * 2, new DotLoop<Avx512, Vector512<byte>>("").OperationsPerRound);
        Assert.Equal(8 * 32 * 2, OnModel(AssembledUnit.Avx2).OperationsPerRound);
        Assert.Equal(8 * 64 * 2, OnModel(AssembledUnit.Avx512).OperationsPerRound);
        // Twelve of 32 bytes and of 64, and four products of 16 x 64 by 64 x 16.
        Assert.Equal(12 * 32 * 2, OnModel(AssembledUnit.AvxVnni).OperationsPerRound);
        Assert.Equal(12 * 64 * 2, OnModel(AssembledUnit.Avx512Vnni).OperationsPerRound);
        Assert.Equal(4 * 16 * 64 * 16 * 2, OnModel(AssembledUnit.Amx).OperationsPerRound);
    }

    [Fact]
    public void Loops_do_all_their_rounds()
    {
        var operands = stackalloc byte[MultiplyLoop.OperandBytes];
        foreach (var loop in MultiplyLoop.Supported)
        {
            new Span<byte>(operands, MultiplyLoop.OperandBytes).Clear();
            Assert.Equal(0, loop.Run(operands, 8));
            new Span<byte>(operands, MultiplyLoop.OperandBytes).Fill(1);
            Assert.NotEqual(loop.Run(operands, 3), loop.Run(operands, 8));
        }
    }

    [Theory]
    [InlineData(nameof(AssembledUnit.Avx2), 8 * 4)]
    [InlineData(nameof(AssembledUnit.Avx512), 8 * 4)]
    [InlineData(nameof(AssembledUnit.AvxVnni), 12 * 4)]
    [InlineData(nameof(AssembledUnit.Avx512Vnni), 12 * 4)]
    [InlineData(nameof(AssembledUnit.Amx), 4 * 64)]
    public void Assembled_loops_multiply_what_they_count(string unit, int sumsOfARound)
    {
        var operands = stackalloc byte[MultiplyLoop.OperandBytes];
        new Span<byte>(operands, MultiplyLoop.OperandBytes).Fill(1);
        Assert.Equal(5 * sumsOfARound, OnModel(Enum.Parse<AssembledUnit>(unit)).Run(operands, 5));
    }

    [Theory]
    [InlineData("32768K", 32L << 20)]
    [InlineData("1536M", 1536L << 20)]
    [InlineData("512", 512)]
    public void Cache_sizes_are_read_as_the_system_writes_them(string size, long bytes) =>
        Assert.Equal(bytes, LastLevelCache.Parse(size));

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("-1K")]
    [InlineData("big")]
    public void What_is_no_size_is_a_format_error(string size) =>
        Assert.Throws<FormatException>(() => LastLevelCache.Parse(size));

    private static AssembledLoop OnModel(AssembledUnit unit) => new("", unit, ModelRoutine.Assemble);
}

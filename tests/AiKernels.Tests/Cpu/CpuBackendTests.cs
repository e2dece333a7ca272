using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Tests.Cpu;

/// <summary>What the CPU promises beside its results: all that any backend does, and that it allocates nothing.</summary>
public class CpuBackendTests
{
    [Fact]
    public void Shapes_that_do_not_fit_are_refused_with_both_shapes() =>
        BackendContract.MisfitsAreRefused(Create);

    [Fact]
    public void Weights_take_whole_blocks_and_uploads_whole_panels() =>
        BackendContract.WholeBlocksAndPanels(Create);

    [Fact]
    public void Operands_of_another_backend_or_freed_ones_are_refused() =>
        BackendContract.ForeignAndFreedOperandsAreRefused(Create);

    [Fact]
    public void Outputs_that_share_memory_with_inputs_are_refused() =>
        BackendContract.SharedMemoryIsRefused(Create);

    [Fact]
    public void A_tensor_cannot_reach_beyond_its_storage() =>
        BackendContract.TensorsStayInTheirStorage(Create);

    [Fact]
    public void Rows_that_are_uploaded_again_replace_the_old_ones() =>
        BackendContract.UploadsReplace(Create);

    [Fact]
    public void Attention_checks_the_pages_of_earlier_positions_too() =>
        BackendContract.EarlierPagesAreChecked(Create);

    [Fact]
    public void Caches_too_large_to_address_are_refused() =>
        BackendContract.LargeCachesAreRefused(Create);

    [Fact]
    public void Attention_needs_a_page_for_every_position() =>
        BackendContract.EveryPositionNeedsAPage(Create);

    [Fact]
    public void New_memory_reads_as_zero() =>
        BackendContract.NewMemoryIsZero(Create);

    [Fact]
    public void Operands_without_rows_are_no_work() =>
        BackendContract.NoRowsAreNoWork(Create);

    [Theory]
    [InlineData(GgmlType.F32)]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.BF16)]
    [InlineData(GgmlType.Q8_0)]
    [InlineData(GgmlType.Q4_0)]
    [InlineData(GgmlType.Q4_K)]
    [InlineData(GgmlType.Q6_K)]
    public void Packed_weights_are_at_most_four_percent_larger_than_stored_ones(GgmlType type) =>
        BackendContract.PackedWeightsAreSmall(Create, type);

    [Fact]
    public void Products_in_a_row_allocate_nothing()
    {
        using var backend = new CpuBackend(2);
        var (x, gain) = (backend.Allocate(1, 256), backend.Allocate(1, 256));
        var (y, z) = (backend.Allocate(1, 64), backend.Allocate(1, 64));
        var w = backend.AllocateWeight(GgmlType.Q4_K, 64, 256);
        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                backend.MatMul(x, new Projection(w, y), new Projection(w, z, Gate: w));
                backend.RmsNorm(x, gain, 1e-5f, x);
            }
        }

        Run(50);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static CpuBackend Create() => new(1);
}

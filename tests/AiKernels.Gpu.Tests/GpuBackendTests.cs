using AiKernels.Formats;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Gpu.Tests;

/// <summary>What a caller can do wrong, and what the backend promises beside its results.</summary>
public class GpuBackendTests
{
    [Fact]
    public void Misfits_are_refused() => BackendContract.MisfitsAreRefused(Create);

    [Fact]
    public void Weights_take_whole_blocks_and_uploads_whole_panels() => BackendContract.WholeBlocksAndPanels(Create);

    [Fact]
    public void Operands_of_another_backend_or_freed_ones_are_refused() => BackendContract.ForeignAndFreedOperandsAreRefused(Create);

    [Fact]
    public void Outputs_that_share_memory_with_inputs_are_refused() => BackendContract.SharedMemoryIsRefused(Create);

    [Fact]
    public void A_tensor_cannot_reach_beyond_its_storage() => BackendContract.TensorsStayInTheirStorage(Create);

    [Fact]
    public void Rows_that_are_uploaded_again_replace_the_old_ones() => BackendContract.UploadsReplace(Create);

    [Fact]
    public void Attention_checks_the_pages_of_earlier_positions_too() => BackendContract.EarlierPagesAreChecked(Create);

    [Fact]
    public void Caches_too_large_to_address_are_refused() => BackendContract.LargeCachesAreRefused(Create);

    [Fact]
    public void Attention_needs_a_page_for_every_position() => BackendContract.EveryPositionNeedsAPage(Create);

    [Fact]
    public void New_memory_reads_as_zero() => BackendContract.NewMemoryIsZero(Create);

    [Fact]
    public void Operands_without_rows_are_no_work() => BackendContract.NoRowsAreNoWork(Create);

    [Theory]
    [InlineData(GgmlType.Q4_K)]
    [InlineData(GgmlType.Q6_K)]
    [InlineData(GgmlType.Q8_0)]
    [InlineData(GgmlType.Q4_0)]
    public void Packed_weights_are_at_most_four_percent_larger_than_stored_ones(GgmlType type) =>
        BackendContract.PackedWeightsAreSmall(Create, type);

    /// <summary>Nothing lies where such a slice begins.</summary>
    [Fact]
    public void Empty_slices_at_the_end_of_memory_are_no_work()
    {
        using var backend = Create();
        var x = backend.Allocate(2, 32);
        var (rows, columns) = (x.SliceRows(2, 0), x.SliceRows(1, 1).SliceColumns(32, 0));
        backend.RmsNorm(rows, backend.Allocate(1, 32), 1e-5f, rows);
        backend.Write(columns, []);
        backend.Read(columns, []);
        backend.Gather(rows, [], rows.SliceRows(0, 0));
    }

    [Fact]
    public void A_disposed_backend_refuses_work_and_lets_its_tensors_be_freed()
    {
        var backend = new GpuBackend(GpuDevice.Emulator);
        var x = backend.Allocate(1, 8);
        backend.Dispose();
        backend.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.Allocate(1, 8));
        Assert.Throws<ObjectDisposedException>(() => backend.Read(x, new float[8]));
        x.Storage.Dispose();
    }

    private static GpuBackend Create() => new(GpuDevice.Emulator);
}

using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Offload;
using AiKernels.Reference;
using AiKernels.Tests.Shared;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Tests.Offload;

/// <summary>Two backends as one are as good as either: the contract, the bits, and what goes over when.</summary>
public class OffloadBackendTests : BackendContract
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Products_of_either_side_have_the_bits_of_their_definition(int hostLayers)
    {
        using var backend = Create(hostLayers);
        Seeds.ForAll(20, random =>
        {
            using var pair = new BackendPair(backend);
            ProductTrials.AnyShape(pair, random, GgmlType.Q4_K, TrialSizes.Full);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Keys_and_values_of_either_side_are_found_again(int hostLayers)
    {
        using var backend = Create(hostLayers);
        Seeds.ForAll(10, random =>
        {
            using var pair = new BackendPair(backend);
            AttentionTrials.GrowingSequences(pair, random, TrialSizes.Full);
        });
    }

    /// <summary>Operations of both sides on the same memory, in any order and on any slices.</summary>
    [Fact]
    public void Whatever_an_operation_reads_is_what_the_last_one_wrote_wherever_that_was()
    {
        using var backend = Create(1);
        Seeds.ForAll(200, random =>
        {
            using var pair = new BackendPair(backend);
            var walk = new OperationWalk(pair, random);
            for (var step = 0; step < 30; step++)
            {
                walk.Step();
                walk.AssertSame();
            }
        });
    }

    [Fact]
    public void A_gate_on_another_device_than_its_product_is_refused()
    {
        using var backend = Create(1);
        using var w = backend.AllocateWeight(GgmlType.F32, 8, 8);
        using var gate = backend.AllocateWeight(GgmlType.F32, 8, 8, layer: 1);
        var (x, y) = (backend.Allocate(1, 8), backend.Allocate(1, 8));
        Assert.Throws<ArgumentException>(() => backend.MatMul(x, new Projection(w, y, Gate: gate)));
    }

    protected override IBackend Create() => Create(1);

    private static OffloadBackend Create(int hostLayers) => new(new CpuBackend(1), new ReferenceBackend(), hostLayers);
}

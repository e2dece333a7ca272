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
            PageTrials.Images(pair, random, TrialSizes.Full, AttentionTrials.AnyType(random));
            PageTrials.Walk(pair, random, TrialSizes.Full, AttentionTrials.AnyType(random));
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
                if (random.Next(4) == 0) // Reading brings things over, too.
                {
                    walk.AssertSame();
                }
            }

            walk.AssertSame();
        });
    }

    /// <summary>A step's rows go over, and none that a longer step before it has left.</summary>
    [Fact]
    public void What_is_not_read_stays_where_it_is()
    {
        using var backend = Create(1);
        using var first = backend.AllocateWeight(GgmlType.F32, 8, 8);
        using var second = backend.AllocateWeight(GgmlType.F32, 8, 8, layer: 1);
        var (x, y, z) = (backend.Allocate(9, 8), backend.Allocate(9, 8), backend.Allocate(9, 8));
        void Step(int rows)
        {
            var (a, b, c) = (x.SliceRows(0, rows), y.SliceRows(0, rows), z.SliceRows(0, rows));
            backend.Embed(first, new int[rows], a);
            backend.MatMul(a, new Projection(first, b));
            backend.MatMul(b, new Projection(second, c));
            backend.MatMul(c, new Projection(second, a, Accumulate: true));
        }

        foreach (var rows in (int[])[9, 1, 4, 1, 9])
        {
            var before = backend.Crossed;
            Step(rows);
            Assert.Equal(2 * rows * 8, backend.Crossed - before); // The second product's input, and what the last one adds to.
        }
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

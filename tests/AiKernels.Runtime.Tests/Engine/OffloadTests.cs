using AiKernels.Cache;
using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Offload;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Tests.Models;
using AiKernels.Tests;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>A model whose layers lie on two devices.</summary>
public class OffloadTests
{
    [Theory]
    [InlineData("qwen2", true)]
    [InlineData("qwen3", false)]
    public void Wherever_its_layers_are_it_says_the_same(string architecture, bool tied)
    {
        using var file = new RandomModel(architecture, GgmlType.Q4_K, Seed: 1) { Layers = 3, Tied = tied }.Write();
        int[] prompt = [1, .. Enumerable.Range(3, 70)];
        using var cpu = new CpuBackend(1);
        var expected = Logits(cpu, file.Path, prompt);
        for (var hostLayers = 0; hostLayers <= 4; hostLayers++)
        {
            using var backend = new OffloadBackend(new CpuBackend(1), new CpuBackend(1), hostLayers);
            Bits.AssertEqual(expected, Logits(backend, file.Path, prompt));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void As_many_last_layers_as_fit_are_known_before_any_is_loaded(bool tied)
    {
        using var written = new RandomModel("llama", GgmlType.Q8_0, Seed: 1) { Layers = 3, Tied = tied }.Write();
        using var file = GgufFile.Open(written.Path);
        using var backend = new CpuBackend(1);
        var needs = MemoryNeeds.Of(backend, file, new ModelOptions { ContextLength = 100, PrefillChunk = 10 });
        long Weights(string prefix) =>
            file.Tensors.Where(tensor => tensor.Rows > 1 && tensor.Name.StartsWith(prefix, StringComparison.Ordinal)).Sum(tensor => tensor.ByteLength);

        var last = Weights("blk.2.") + Weights(tied ? "token_embd." : "output.") + (needs.KeysAndValues / 3) + needs.Workspace;
        Assert.Equal(last, needs.OfLastLayers(1), tolerance: last * 0.04); // What packing adds.
        Assert.Equal(needs.Total, needs.OfLastLayers(3));
        Assert.Equal(0, needs.LastLayersWithin(needs.OfLastLayers(1) - 1));
        Assert.Equal(1, needs.LastLayersWithin(needs.OfLastLayers(1)));
        Assert.Equal(2, needs.LastLayersWithin(needs.OfLastLayers(3) - 1));
        Assert.Equal(3, needs.LastLayersWithin(long.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => needs.OfLastLayers(4));
    }

    /// <summary>Either runs out of memory at each of its allocations in turn.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_loaded_on_either_device_is_freed_where_one_has_no_memory(bool isHost)
    {
        using var file = new RandomModel("llama", GgmlType.Q8_0, Seed: 1) { Layers = 2 }.Write();
        var failures = 0;
        for (var allocations = 0; failures == allocations; allocations++)
        {
            using var host = new SmallBackend(isHost ? allocations : int.MaxValue);
            using var device = new SmallBackend(isHost ? int.MaxValue : allocations);
            using var backend = new OffloadBackend(host, device, 1);
            try
            {
                using var model = LanguageModel.Load(file.Path, backend, null, TestContext.Current.CancellationToken);
            }
            catch (InsufficientMemoryException)
            {
                failures++;
            }
            catch (NotSupportedException)
            {
                // Loaded, and then it can't rehearse.
            }

            Assert.Equal((0, 0), (host.InUse, device.InUse));
        }

        Assert.InRange(failures, 10, 100);
    }

    [Fact]
    public void A_cache_that_half_fits_is_given_back()
    {
        using var host = new SmallBackend(1);
        using var device = new SmallBackend(0);
        using var backend = new OffloadBackend(host, device, 1);
        Assert.Throws<InsufficientMemoryException>(() => backend.AllocateCache(new KeyValueShape(2, 1, 8), 1));
        Assert.Equal(0, host.InUse);
    }

    /// <summary>A tied table lies on the device, which gives the residual stream to the host at first.</summary>
    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 2)]
    public void A_step_crosses_over_with_its_tokens_alone(bool tied, int tensors)
    {
        using var file = new RandomModel("llama", GgmlType.Q8_0, Seed: 1) { Layers = 4, Tied = tied }.Write();
        using var backend = new OffloadBackend(new CpuBackend(1), new CpuBackend(1), 2);
        using var model = LanguageModel.Load(file.Path, backend);
        using var sequence = model.CreateSequence();
        var logits = new float[model.Decoder.Spec.VocabularySize];
        foreach (var tokens in (int[])[100, 1, 7, 1])
        {
            var before = backend.Crossed;
            sequence.Append(new int[tokens], logits);
            Assert.Equal((long)tensors * tokens * model.Decoder.Spec.Width, backend.Crossed - before);
        }
    }

    private static float[] Logits(IBackend backend, string path, int[] prompt)
    {
        // The type for which a layer has the most operations.
        using var model = LanguageModel.Load(path, backend, new ModelOptions { PrefillChunk = 40, KeyValueType = GgmlType.Q4_0 });
        using var sequence = model.CreateSequence();
        var logits = new float[2 * model.Decoder.Spec.VocabularySize];
        sequence.Append(prompt, logits.AsSpan(0, logits.Length / 2));
        sequence.Append([5], logits.AsSpan(logits.Length / 2));
        return logits;
    }
}

using AiKernels.Cpu;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files.Snapshots;
using AiKernels.Runtime.Sampling;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public sealed class ConversationSnapshotTests : IDisposable
{
    private static readonly GenerationOptions Options =
        new() { MaxTokens = 40, Sampling = new SamplingOptions { Temperature = 2, TopK = 0, TopP = 1, MinP = 0, Seed = 7 } };

    private readonly TemporaryFile _file = new([]);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData(GgmlType.F32, false)]
    [InlineData(GgmlType.F16, true)]
    [InlineData(GgmlType.BF16, false)]
    [InlineData(GgmlType.Q8_0, false)]
    [InlineData(GgmlType.Q4_0, true)]
    public async Task It_goes_on_elsewhere_as_if_nothing_had_happened(GgmlType type, bool isEncrypted)
    {
        var options = new ModelOptions { KeyValueType = type };
        var key = isEncrypted ? new SnapshotKey(new byte[SnapshotKey.Length]) : null;
        int[] whole;
        using (var tiny = new TinyModel(options))
        {
            whole = await Read(tiny.Engine.Submit([1, 2, 3], Options with { MaxTokens = 160 }, TestEnds));
            var conversation = tiny.Engine.CreateConversation("somebody");
            await Read(conversation.Submit([1, 2, 3], Options with { MaxTokens = 120 }, TestEnds));
            await conversation.SaveAsync(_file.Path, key, TestEnds);
        }

        // By other instructions, with other memory.
        using var backend = new CpuBackend(1, CpuFeatures.Avx512 | CpuFeatures.AvxVnni);
        using var model = TinyModel.On(backend, layers: 2, options);
        using var engine = new InferenceEngine(model);
        var restored = await engine.RestoreConversationAsync(_file.Path, "somebody else", key, TestEnds);
        Assert.Equal([1, 2, 3, .. whole.Take(120)], restored.Tokens);
        var rest = restored.Submit([], restored.Options with { MaxTokens = 40 }, TestEnds);
        Assert.Equal(whole.Skip(120), await Read(rest));
        Assert.Equal(122, rest.Statistics.CachedTokens);
        Assert.Equal(Options.Sampling, restored.Options.Sampling);

        var stranger = engine.Submit([1, 2, 3, .. whole.Take(120)], Options, TestEnds);
        await Read(stranger);
        Assert.Equal(0, stranger.Statistics.CachedTokens);
    }

    [Fact]
    public async Task It_is_saved_and_restored_while_others_are_answered()
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 1024 });
        var conversation = tiny.Engine.CreateConversation();
        var expected = await Read(conversation.Submit(TinyModel.Tokens(1, 300), Options, TestEnds));
        var others = Enumerable.Range(2, 6).Select(seed => tiny.Engine.Submit(TinyModel.Tokens(seed, 200), Options with { MaxTokens = 100 }, TestEnds)).ToArray();
        await conversation.SaveAsync(_file.Path, cancellation: TestEnds);
        var restored = await tiny.Engine.RestoreConversationAsync(_file.Path, cancellation: TestEnds);
        await Task.WhenAll(others.Select(Read));
        var (one, other) = (conversation.Submit([], Options, TestEnds), restored.Submit([], Options, TestEnds));
        Assert.Equal(await Read(one), await Read(other));
        Assert.Equal(conversation.Tokens, restored.Tokens);
        Assert.Equal(expected, restored.Tokens.Skip(300).Take(40));
    }

    [Fact]
    public async Task An_empty_conversation_and_one_of_one_token_are_kept_as_well()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var conversation = tiny.Engine.CreateConversation();
        await conversation.SaveAsync(_file.Path, cancellation: TestEnds);
        Assert.Empty((await tiny.Engine.RestoreConversationAsync(_file.Path, cancellation: TestEnds)).Tokens);
        await Read(conversation.Submit([5], Options with { MaxTokens = 0 }, TestEnds));
        await conversation.SaveAsync(_file.Path, cancellation: TestEnds);
        var restored = await tiny.Engine.RestoreConversationAsync(_file.Path, cancellation: TestEnds);
        Assert.Equal([5], restored.Tokens);
        Assert.Equal(40, (await Read(restored.Submit([], Options, TestEnds))).Length);
    }

    [Fact]
    public async Task What_doesnt_fit_is_refused_and_what_was_there_stays()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var conversation = tiny.Engine.CreateConversation();
        await Read(conversation.Submit(TinyModel.Tokens(1, 100), Options, TestEnds));
        await conversation.SaveAsync(_file.Path, cancellation: TestEnds);
        var kept = await File.ReadAllBytesAsync(_file.Path, TestEnds);

        await AssertRefused<InvalidDataException>(new ModelOptions(), 1, "another model");
        await AssertRefused<InvalidDataException>(new ModelOptions { KeyValueType = GgmlType.F16 }, 2, "in F32, not F16");
        await AssertRefused<ContextFullException>(new ModelOptions { ContextLength = 100 }, 2, "140 tokens");

        tiny.Engine.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => conversation.SaveAsync(_file.Path, cancellation: TestEnds));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => tiny.Engine.RestoreConversationAsync(_file.Path, cancellation: TestEnds));
        Assert.Equal(kept, await File.ReadAllBytesAsync(_file.Path, TestEnds));
    }

    private static async Task<int[]> Read(Generation generation) =>
        [.. (await generation.ToListAsync(TestEnds)).Select(token => token.Id)];

    private async Task AssertRefused<T>(ModelOptions options, int layers, string why)
        where T : Exception
    {
        using var other = new TinyModel(options, layers: layers);
        var refusal = await Assert.ThrowsAsync<T>(() => other.Engine.RestoreConversationAsync(_file.Path, cancellation: TestEnds));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Tests.Shared;
using Microsoft.Extensions.AI;
using Xunit;

namespace AiKernels.Hosting.Tests.Chat;

/// <summary>Answers that nobody wants any more, many at once, and clients that are over.</summary>
public class LifetimeTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private static readonly ChatOptions Long = new() { MaxOutputTokens = 400, AdditionalProperties = new() { ["ignore_end"] = true } };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_that_is_cancelled_before_it_begins_computes_nothing()
    {
        var cancelled = new CancellationToken(true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => demo.Client.GetResponseAsync("a", Long, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await demo.Client.GetStreamingResponseAsync("a", Long, cancelled).ToListAsync(TestEnds));
        await demo.BecomesFree();
    }

    [Fact]
    public async Task An_answer_can_be_cancelled_while_it_comes()
    {
        using var source = new CancellationTokenSource();
        var pieces = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in demo.Client.GetStreamingResponseAsync("a", Long, source.Token))
            {
                if (++pieces == 3)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(3, pieces);
        await demo.BecomesFree();

        using var timed = new CancellationTokenSource();
        var whole = demo.Client.GetResponseAsync("b", Long, timed.Token);
        await timed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => whole);
        await demo.BecomesFree();
    }

    [Fact]
    public async Task A_stream_that_is_left_early_frees_the_engine()
    {
        using var test = new Activity(nameof(A_stream_that_is_left_early_frees_the_engine)).Start();
        var ends = new ConcurrentQueue<object?>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "AiKernels.Runtime",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = request =>
            {
                if (request.ParentId == test.Id)
                {
                    ends.Enqueue(request.GetTagItem("error.type"));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await foreach (var _ in demo.Client.GetStreamingResponseAsync("a", Long, TestEnds))
        {
            break;
        }

        await demo.BecomesFree();
        Assert.Equal(typeof(OperationCanceledException).FullName, Assert.Single(ends));
    }

    [Fact]
    public async Task Many_clients_at_once_get_what_each_gets_alone()
    {
        (string Text, ChatOptions Options)[] requests = [.. Enumerable.Range(0, 24).Select(i => (
            (string[])["ROMEO:", "JULIET:\nO Romeo", "Now is the winter"]) is var texts
                ? (texts[i % 3], new ChatOptions { MaxOutputTokens = 5 + (i * 2), Temperature = i % 4 * 0.4f, Seed = i, StopSequences = i % 5 == 0 ? ["\n\n"] : null })
                : default)];
        var alone = new List<string>();
        foreach (var (text, options) in requests)
        {
            alone.Add((await demo.Client.GetResponseAsync(text, options, TestEnds)).Text);
        }

        var clients = Enumerable.Range(0, 3).Select(_ => new AiKernelsChatClient(demo.Engine)).ToArray();
        var together = await Task.WhenAll(requests.Select((request, i) => Task.Run(
            async () => i % 2 == 0
                ? (await clients[i % 3].GetResponseAsync(request.Text, request.Options, TestEnds)).Text
                : string.Concat(await clients[i % 3].GetStreamingResponseAsync(request.Text, request.Options, TestEnds).Select(update => update.Text).ToListAsync(TestEnds)),
            TestEnds)));
        Assert.Equal(alone, together);
    }

    [Fact]
    public async Task A_disposed_client_takes_no_requests_and_leaves_the_engine()
    {
        var client = new AiKernelsChatClient(demo.Engine);
        var later = client.GetStreamingResponseAsync("a", Long, TestEnds);
        client.Dispose();
        client.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { client.GetStreamingResponseAsync("a", Long, TestEnds); });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await later.ToListAsync(TestEnds));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync("a", Long, TestEnds));
        Assert.NotEmpty((await demo.Client.GetResponseAsync("a", new ChatOptions { MaxOutputTokens = 3 }, TestEnds)).Text);
    }

    [Fact]
    public async Task An_owner_disposes_the_engine_and_answers_under_way_say_so()
    {
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(Repository.Path(DemoModel.Path), backend);
        var client = new AiKernelsChatClient(new InferenceEngine(model), new ChatClientOptions { OwnsEngine = true });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("a", new ChatOptions { AdditionalProperties = Long.AdditionalProperties }, TestEnds))
            {
                client.Dispose();
            }
        });
    }

    [Fact]
    public async Task A_request_takes_nobody_but_itself_time()
    {
        var schema = JsonElement.Parse("{\"type\": \"object\", \"properties\": {"
            + string.Join(", ", Enumerable.Range(0, 20).Select(i => $$"""
            "p{{i}}": {"type": "string", "maxLength": {{100 + i}}}
            """)) + "}}");
        using var client = new AiKernelsChatClient(demo.Engine, new ChatClientOptions { Syntax = "hermes" });
        var options = new ChatOptions
        {
            Tools = [.. Enumerable.Range(0, 12).Select(i => AIFunctionFactory.CreateDeclaration($"tool_{i}", "", schema))],
            ToolMode = ChatToolMode.RequireAny,
        };
        using var source = new CancellationTokenSource();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var answer = client.GetResponseAsync("Well?", options, source.Token);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20); // Its grammar takes ten times that, on another thread.
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await demo.BecomesFree();
    }

    [Fact]
    public async Task A_request_that_fails_before_its_first_token_leaves_nothing_behind()
    {
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(Repository.Path(DemoModel.Path), backend);
        using var engine = new InferenceEngine(model);
        using var client = new AiKernelsChatClient(engine, new ChatClientOptions { Clock = new NoClock() });
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("a", Long, TestEnds));
        Assert.Equal((0, 0), (engine.Load.Running, engine.Load.Waiting));
    }

    [Fact]
    public async Task A_busy_engine_says_so()
    {
        using var backend = new CpuBackend(1);
        using var model = LanguageModel.Load(Repository.Path(DemoModel.Path), backend);
        using var engine = new InferenceEngine(model, new EngineOptions { MaxSequences = 1, MaxWaiting = 1 });
        using var client = new AiKernelsChatClient(engine);
        await using var first = client.GetStreamingResponseAsync("a", Long, TestEnds).GetAsyncEnumerator(TestEnds);
        await using var second = client.GetStreamingResponseAsync("a", Long, TestEnds).GetAsyncEnumerator(TestEnds);
        await first.MoveNextAsync();
        var waiting = second.MoveNextAsync();
        await Eventually.Is(() => engine.Load.Waiting == 1);
        await Assert.ThrowsAsync<EngineBusyException>(() => client.GetResponseAsync("a", Long, TestEnds));
        await first.DisposeAsync();
        Assert.True(await waiting);
    }

    private sealed class NoClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new NotSupportedException();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

public class TelemetryTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_are_counted_and_timed_under_OpenTelemetrys_names()
    {
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "AiKernels.Runtime")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var kind = tags.ToArray().FirstOrDefault(tag => tag.Key is "gen_ai.token.type" or "error.type").Value;
            if (tags.ToArray().Contains(new("gen_ai.request.model", "telemetry")))
            {
                sums.AddOrUpdate($"{instrument.Name} {kind}".Trim(), value, (_, sum) => sum + value);
            }
        }

        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();

        using var tiny = new TinyModel(new ModelOptions(), name: "telemetry");
        var options = new GenerationOptions { MaxTokens = 5, Sampling = SamplingOptions.Greedy };
        await tiny.Engine.Submit(TinyModel.Tokens(1, 70), options, TestEnds).ToListAsync(TestEnds);
        await tiny.Engine.Submit(TinyModel.Tokens(1, 70), options, TestEnds).ToListAsync(TestEnds);
        var cancelled = tiny.Engine.Submit([1], options with { MaxTokens = 500 }, TestEnds);
        cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Completion.WaitAsync(TestEnds));
        while (tiny.Engine.Load is not { Running: 0, Waiting: 0, CacheUse: 0 })
        {
            await Task.Delay(1, TestEnds); // What ended a moment ago gives its pages back.
        }

        listener.RecordObservableInstruments();

        var prompts = sums["gen_ai.client.token.usage input"];
        Assert.InRange(prompts, 140, 141); // The one that was given up may never have begun.
        Assert.InRange(sums["gen_ai.client.token.usage output"], 10, 509);
        Assert.Equal((prompts, 69), (sums["aikernels.prompt.tokens"], sums["aikernels.prompt.cached_tokens"]));
        Assert.All(
            ["gen_ai.server.request.duration", "gen_ai.server.time_to_first_token", "gen_ai.server.time_per_output_token", "aikernels.request.queue_time"],
            name => Assert.True(sums[name] > 0, name));
        Assert.Contains("gen_ai.server.request.duration System.OperationCanceledException", sums.Keys);
        Assert.Contains("aikernels.preemptions", sums.Keys);
        Assert.Equal((0, 0, 0), (sums["aikernels.requests.running"], sums["aikernels.requests.waiting"], sums["aikernels.cache.utilization"]));
    }

    [Fact]
    public async Task A_request_is_an_activity_of_whoever_submits_it()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var source = new ActivitySource("a test's");
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name is "AiKernels.Runtime" or "a test's",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var tiny = new TinyModel(new ModelOptions(), name: "traced");
        var options = new GenerationOptions { MaxTokens = 5, Sampling = SamplingOptions.Greedy };
        using var parent = source.StartActivity("host");
        await tiny.Engine.Submit([1, 2], options, TestEnds).ToListAsync(TestEnds);
        Assert.Same(parent, Activity.Current);

        bool IsRequest(Activity activity) => activity.DisplayName == "text_completion traced";
        while (!ended.Any(IsRequest))
        {
            await Task.Delay(1, TestEnds); // Observers are told after the host.
        }

        var request = Assert.Single(ended, IsRequest);
        Assert.Equal(parent!.SpanId, request.ParentSpanId);
        var tags = request.TagObjects.ToDictionary();
        Assert.Equal(("text_completion", "traced", 2, 5), (tags["gen_ai.operation.name"], tags["gen_ai.request.model"], tags["gen_ai.usage.input_tokens"], tags["gen_ai.usage.output_tokens"]));
        Assert.Equal(["length"], (string[])tags["gen_ai.response.finish_reasons"]!);
    }
}

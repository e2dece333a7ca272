using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// What an engine tells observers inside the process: a meter and an activity source named <see cref="Name"/>, with
/// OpenTelemetry's names for generative AI where there are some. Nothing of what is said is in it, and nothing leaves the
/// process by itself. Source: opentelemetry.io, semantic conventions for generative AI systems, 1.37.
/// </summary>
internal sealed class EngineTelemetry : IDisposable
{
    /// <summary>Of the meter and of the activity source.</summary>
    public const string Name = "AiKernels.Runtime";

    private const string Operation = "text_completion", Provider = "aikernels";

    private static readonly ActivitySource Activities = new(Name);

    private readonly Meter _meter = new(Name);
    private readonly string _model;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly Histogram<double> _duration, _toFirstToken, _perToken, _queueTime;
    private readonly Counter<long> _tokens, _promptTokens, _cachedTokens, _draftedTokens, _acceptedTokens, _preemptions;

    /// <summary>Instruments of an engine; the gauges are asked for when somebody observes them.</summary>
    public EngineTelemetry(string model, Func<EngineLoad> load)
    {
        _model = model;
        _tags =
        [
            new("gen_ai.operation.name", Operation), new("gen_ai.provider.name", Provider), new("gen_ai.request.model", model),
        ];
        _duration = Seconds("gen_ai.server.request.duration", "From the submission of a request to its end.");
        _toFirstToken = Seconds("gen_ai.server.time_to_first_token", "From the submission of a request to its first token.");
        _perToken = Seconds("gen_ai.server.time_per_output_token", "Mean time of a request's tokens after the first.");
        _queueTime = Seconds("aikernels.request.queue_time", "From the submission of a request to its first step.");
        _tokens = Count("gen_ai.client.token.usage", "Tokens of prompts and answers.");
        _promptTokens = Count("aikernels.prompt.tokens", "Tokens of prompts that were begun.");
        _cachedTokens = Count("aikernels.prompt.cached_tokens", "Those of them whose keys and values were found in memory.");
        _draftedTokens = Count("aikernels.speculation.drafted_tokens", "Tokens that were guessed.");
        _acceptedTokens = Count("aikernels.speculation.accepted_tokens", "Those of them that were right.");
        _preemptions = _meter.CreateCounter<long>("aikernels.preemptions", "{preemption}", "Requests that gave their pages to others.");
        _meter.CreateObservableGauge("aikernels.cache.utilization", () => Tagged(load().CacheUse), "1", "Pages in use, of all.");
        _meter.CreateObservableGauge("aikernels.requests.running", () => Tagged(load().Running), "{request}", "Requests that are being answered.");
        _meter.CreateObservableGauge("aikernels.requests.waiting", () => Tagged(load().Waiting), "{request}", "Requests that wait.");
    }

    /// <summary>A request was submitted, as part of what the caller is doing. Null if nobody observes it.</summary>
    public Activity? Begin(GenerationOptions options, int promptTokens)
    {
        var activity = Activities.StartActivity($"{Operation} {_model}", ActivityKind.Internal);
        if (activity is not null)
        {
            Array.ForEach(_tags, tag => activity.SetTag(tag.Key, tag.Value));
            activity.SetTag("gen_ai.request.max_tokens", options.MaxTokens);
            activity.SetTag("gen_ai.request.temperature", options.Sampling.Temperature);
            activity.SetTag("gen_ai.request.top_p", options.Sampling.TopP);
            activity.SetTag("gen_ai.request.top_k", options.Sampling.TopK);
            activity.SetTag("gen_ai.request.seed", options.Sampling.Seed);
            activity.SetTag("gen_ai.usage.input_tokens", promptTokens);
            Activity.Current = activity.Parent; // It goes on elsewhere; what the caller does next is no part of it.
        }

        return activity;
    }

    /// <summary>A request ended.</summary>
    public void End(Activity? activity, GenerationStatistics statistics, FinishReason reason, Exception? failure)
    {
        if (failure is null)
        {
            _duration.Record(statistics.Duration.TotalSeconds, _tags);
        }
        else
        {
            _duration.Record(statistics.Duration.TotalSeconds, [.. _tags, new("error.type", failure.GetType().FullName)]);
        }

        if (statistics.GeneratedTokens > 0)
        {
            _toFirstToken.Record(statistics.TimeToFirstToken.TotalSeconds, _tags);
        }

        if (statistics.DecodeTokensPerSecond > 0)
        {
            _perToken.Record(1 / statistics.DecodeTokensPerSecond, _tags);
        }

        _queueTime.Record(statistics.QueueTime.TotalSeconds, _tags);
        _tokens.Add(statistics.PromptTokens, [.. _tags, new("gen_ai.token.type", "input")]);
        _tokens.Add(statistics.GeneratedTokens, [.. _tags, new("gen_ai.token.type", "output")]);
        _promptTokens.Add(statistics.PromptTokens, _tags);
        _cachedTokens.Add(statistics.CachedTokens, _tags);
        _draftedTokens.Add(statistics.DraftedTokens, _tags);
        _acceptedTokens.Add(statistics.AcceptedTokens, _tags);
        _preemptions.Add(statistics.Preemptions, _tags);
        if (activity is not null)
        {
            activity.SetTag("gen_ai.usage.output_tokens", statistics.GeneratedTokens);
            activity.SetTag("gen_ai.response.finish_reasons", new[] { reason.Word() });
            activity.SetStatus(failure is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, failure?.Message);
            activity.Dispose();
        }
    }

    public void Dispose() => _meter.Dispose();

    private Measurement<T> Tagged<T>(T value)
        where T : struct => new(value, _tags);

    private Histogram<double> Seconds(string name, string description) => _meter.CreateHistogram<double>(name, "s", description);

    private Counter<long> Count(string name, string description) => _meter.CreateCounter<long>(name, "{token}", description);
}

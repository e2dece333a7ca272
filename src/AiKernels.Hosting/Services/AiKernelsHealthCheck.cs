using AiKernels.Hosting.Services;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace AiKernels.Hosting;

/// <summary>
/// Tells whether the app's models are there and answer: the registration's failure status while one is being loaded, if it couldn't be
/// loaded or warmed up, or when its engine has ended; degraded where requests are refused because too many wait; else healthy.
/// </summary>
/// <remarks>
/// It never waits, and loads nothing. Its data are the engines' load: running, waiting and cache_use. By the key of one of several models
/// the container has a check of that one alone.
/// </remarks>
/// <example><code>services.AddHealthChecks().AddCheck&lt;AiKernelsHealthCheck&gt;("aikernels");</code></example>
public sealed class AiKernelsHealthCheck : IHealthCheck
{
    private readonly IReadOnlyList<(string? Key, Func<HostedModel> Find)> _models;

    internal AiKernelsHealthCheck(IEnumerable<(string? Key, Func<HostedModel> Find)> models) => _models = [.. models];

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var results = _models.Select(model => (model.Key, Result: Of(model.Find, context.Registration.FailureStatus))).ToArray();
        if (results is [var only])
        {
            return Task.FromResult(only.Result);
        }

        var data = results.SelectMany(one => one.Result.Data.Select(entry => KeyValuePair.Create($"{one.Key ?? "default"}.{entry.Key}", entry.Value)));
        return Task.FromResult(new HealthCheckResult(
            results.Select(one => one.Result.Status).DefaultIfEmpty(HealthStatus.Healthy).Min(),
            string.Join("; ", results.Select(one => $"{one.Key ?? "default"}: {one.Result.Description}")),
            results.Select(one => one.Result.Exception).FirstOrDefault(failure => failure is not null),
            data.ToDictionary()));
    }

    private static HealthCheckResult Of(Func<HostedModel> find, HealthStatus failing)
    {
        try
        {
            return Of(find(), failing);
        }
        catch (OptionsValidationException fault)
        {
            return new HealthCheckResult(failing, "the model's options are wrong", fault);
        }
    }

    private static HealthCheckResult Of(HostedModel model, HealthStatus failing) =>
        model.Failure is { } failure ? new HealthCheckResult(failing, "the model could not be loaded or warmed up", failure)
        : model.LoadedEngine is { } engine ? Of(engine, model.Options.Engine.MaxWaiting, failing)
        : model.Options.WarmUp == WarmUp.WithFirstRequest ? HealthCheckResult.Healthy("the model is loaded with the first request")
        : new HealthCheckResult(failing, "the model is being loaded");

    private static HealthCheckResult Of(Runtime.Engine.InferenceEngine engine, int mostWaiting, HealthStatus failing)
    {
        if (engine.Fault is { } fault)
        {
            return new HealthCheckResult(failing, "the engine has ended", fault);
        }

        var load = engine.Load;
        var data = new Dictionary<string, object>
        {
            ["running"] = load.Running,
            ["waiting"] = load.Waiting,
            ["cache_use"] = load.CacheUse,
        };
        return load.Waiting >= mostWaiting
            ? HealthCheckResult.Degraded($"{load.Waiting} requests wait, and further ones are refused", data: data)
            : HealthCheckResult.Healthy($"{load.Running} requests are being answered, and {load.Waiting} wait", data);
    }
}

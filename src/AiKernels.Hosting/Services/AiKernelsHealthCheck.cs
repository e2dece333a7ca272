using AiKernels.Hosting.Services;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiKernels.Hosting;

/// <summary>
/// Tells whether the model is there and answers: the registration's failure status while it is being loaded, if it couldn't be,
/// or when its engine has ended; degraded where requests are refused because too many wait; else healthy.
/// </summary>
/// <remarks>It never waits, and loads nothing. Its data are the engine's load: running, waiting and cache_use.</remarks>
/// <example><code>services.AddHealthChecks().AddCheck&lt;AiKernelsHealthCheck&gt;("aikernels");</code></example>
public sealed class AiKernelsHealthCheck : IHealthCheck
{
    private readonly HostedModel _model;

    internal AiKernelsHealthCheck(HostedModel model) => _model = model;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var failing = context.Registration.FailureStatus;
        return Task.FromResult(
            _model.Failure is { } failure ? new HealthCheckResult(failing, "the model could not be loaded", failure)
            : _model.LoadedEngine is { } engine ? Of(engine, failing)
            : _model.Options.WarmUp == WarmUp.WithFirstRequest ? HealthCheckResult.Healthy("the model is loaded with the first request")
            : new HealthCheckResult(failing, "the model is being loaded"));
    }

    private HealthCheckResult Of(Runtime.Engine.InferenceEngine engine, HealthStatus failing)
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
        return load.Waiting >= _model.Options.Engine.MaxWaiting
            ? HealthCheckResult.Degraded($"{load.Waiting} requests wait, and further ones are refused", data: data)
            : HealthCheckResult.Healthy($"{load.Running} requests are being answered, and {load.Waiting} wait", data);
    }
}

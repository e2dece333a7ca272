using AiKernels.Runtime.Engine;
using Microsoft.Extensions.Hosting;

namespace AiKernels.Hosting.Services;

/// <summary>Loads an app's model when the app starts, and takes it through a first token.</summary>
/// <param name="model">The model.</param>
/// <param name="resolve">Has the container make the engine, so that it disposes it before what it was made from.</param>
internal sealed class WarmUpService(HostedModel model, Func<InferenceEngine> resolve) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (model.Options.WarmUp == Hosting.WarmUp.WithFirstRequest)
        {
            return Task.CompletedTask;
        }

        _running = Task.Run(() => LoadAndRehearse(_stopping.Token), cancellationToken);
        return model.Options.WarmUp == Hosting.WarmUp.BeforeStart ? _running.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        model.GiveUpLoading();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>What goes wrong in the background is logged by whoever loads, and told by the health check.</summary>
    private async Task LoadAndRehearse(CancellationToken cancellation)
    {
        _ = resolve();
        await model.RehearseAsync(cancellation).ConfigureAwait(false);
    }
}

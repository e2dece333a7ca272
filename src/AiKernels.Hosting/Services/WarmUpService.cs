using Microsoft.Extensions.Hosting;

namespace AiKernels.Hosting.Services;

/// <summary>Loads an app's model when the app starts, and takes it through a first token.</summary>
/// <param name="model">The model.</param>
/// <param name="resolve">Has the container make engine and client, so that it disposes them before what they were made from.</param>
internal sealed class WarmUpService(HostedModel model, Action resolve) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private bool _isDisposed;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (model.Options.WarmUp == Hosting.WarmUp.WithFirstRequest)
        {
            return Task.CompletedTask;
        }

        // What goes wrong in the background is logged there, and told by the health check or whoever asks for a client.
        _running = Task.Run(() => model.RehearseAsync(resolve, _stopping.Token), cancellationToken);
        return model.Options.WarmUp == Hosting.WarmUp.BeforeStart ? _running.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_isDisposed)
        {
            return; // Hosts may stop what their container has disposed already.
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        model.GiveUpLoading();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _stopping.Dispose();
    }
}

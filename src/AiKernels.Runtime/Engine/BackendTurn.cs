using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// Taken by whoever uses a backend, for a step: one thread at a time may call it, and several models, engines and sequences may
/// share it. Whoever waits first comes first, so that a busy engine doesn't keep the others out.
/// </summary>
#pragma warning disable CA1001 // A semaphore that nobody asks for a wait handle holds nothing to be disposed of.
internal sealed class BackendTurn
#pragma warning restore CA1001
{
    private static readonly ConditionalWeakTable<IBackend, BackendTurn> Turns = [];

    private readonly SemaphoreSlim _free = new(1, 1);

    private BackendTurn()
    {
    }

    /// <summary>The one of a backend.</summary>
    public static BackendTurn Of(IBackend backend) => Turns.GetValue(backend, _ => new BackendTurn());

    /// <summary>Waits for it.</summary>
    /// <exception cref="OperationCanceledException">Waiting was cancelled; it is not taken.</exception>
    public void Take(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();

        // Unlike Wait, which lets those pass who come at the right moment, this hands it over in the order of the calls.
        _free.WaitAsync(cancellation).GetAwaiter().GetResult();
    }

    /// <summary>Does something in one's turn.</summary>
    public void Do(Action action)
    {
        Take();
        try
        {
            action();
        }
        finally
        {
            Give();
        }
    }

    /// <summary>Gives it to the next one.</summary>
    public void Give() => _free.Release();
}

using System.Runtime.InteropServices;

namespace AiKernels.Cli.Terminal;

/// <summary>
/// Ctrl+C, or a request to terminate: the first asks the command to end in good order, the second ends the process.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int ExitCodeOfSignal = 128, InterruptSignal = 2, TerminateSignal = 15;

    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration _interrupt, _terminate;

    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Cancel(context, InterruptSignal));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Cancel(context, TerminateSignal));
    }

    public CancellationToken Token => _cancellation.Token;

    /// <summary>What shells expect of a process that a signal ended; null before.</summary>
    public int? ExitCode { get; private set; }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _cancellation.Dispose();
    }

    private void Cancel(PosixSignalContext context, int signal)
    {
        context.Cancel = ExitCode is null;
        ExitCode = ExitCodeOfSignal + signal;
        _cancellation.Cancel();
    }
}

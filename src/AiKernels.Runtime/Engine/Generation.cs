using System.Threading.Channels;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// An answer that an engine generates, as an asynchronous stream. The engine does not wait for its reader. It can be read
/// once; whoever stops reading before its end cancels it.
/// </summary>
/// <remarks>
/// Thread-safe. Where it ends otherwise than by a <see cref="FinishReason"/>, the stream ends in an exception, after all
/// tokens that there were: <see cref="OperationCanceledException"/> when it was cancelled, <see cref="ObjectDisposedException"/>
/// when the engine or its model was disposed, and whatever went wrong else.
/// </remarks>
public sealed class Generation : IAsyncEnumerable<GeneratedToken>
{
    private readonly Channel<GeneratedToken> _tokens =
        Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Action? _cancel;
    private Func<GenerationReceipt>? _makeReceipt;
    private GenerationReceipt? _receipt;
    private CancellationTokenRegistration _registration;
    private int _started;

    internal Generation()
    {
    }

    /// <summary>Why it ended.</summary>
    public FinishReason FinishReason { get; private set; }

    /// <summary>What it used so far.</summary>
    public GenerationStatistics Statistics { get; } = new();

    /// <summary>Ends when the last token was generated, with the exception that the stream ends with, if any.</summary>
    public Task Completion => _completion.Task;

    /// <summary>What this answer depends on, and what came of it, so that it can be generated again.</summary>
    /// <exception cref="InvalidOperationException">It has not ended.</exception>
    public GenerationReceipt Receipt => Completion.IsCompleted
        ? _receipt ??= _makeReceipt!()
        : throw new InvalidOperationException("an answer has no receipt before its end");

    /// <summary>Gives it up; what it holds is free within a layer's time. Does nothing after its end.</summary>
    public void Cancel() => _cancel?.Invoke();

    /// <summary>Reads it.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="InvalidOperationException">It was read before.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The engine, or its model, was disposed.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("a generation can be read only once");
        }

        try
        {
            await foreach (var token in _tokens.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested(); // Though there may be more to read.
                yield return token;
            }
        }
        finally
        {
            Cancel();
        }
    }

    /// <summary>Says what cancels it, and what else does. Before the engine gets to know it.</summary>
    internal void OnCancel(Action cancel, CancellationToken cancellation)
    {
        _cancel = cancel;
        _registration = cancellation.UnsafeRegister(state => ((Generation)state!).Cancel(), this);
    }

    /// <summary>Says what makes its receipt, after its end.</summary>
    internal void OnReceipt(Func<GenerationReceipt> make) => _makeReceipt = make;

    internal void Write(GeneratedToken token) => _tokens.Writer.TryWrite(token);

    internal void End(FinishReason reason)
    {
        FinishReason = reason;
        if (_tokens.Writer.TryComplete())
        {
            _completion.SetResult();
            _registration.Unregister();
        }
    }

    internal void Fail(Exception reason)
    {
        if (_tokens.Writer.TryComplete(reason))
        {
            _completion.SetException(reason);
            _ = _completion.Task.Exception; // Seen; whoever wants to know reads the stream or awaits this.
            _registration.Unregister();
        }
    }
}

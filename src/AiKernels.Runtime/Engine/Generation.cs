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
/// <example>
/// <code>
/// var generation = engine.Submit("Once upon a time", new GenerationOptions { MaxTokens = 100 });
/// await foreach (var token in generation)
/// {
///     Console.Write(token.Text);
/// }
///
/// Console.WriteLine($"{generation.FinishReason} after {generation.Statistics.GeneratedTokens} tokens");
/// File.WriteAllBytes("receipt.json", generation.Receipt.ToJson());
/// </code>
/// </example>
public sealed class Generation : IAsyncEnumerable<GeneratedToken>
{
    private readonly Channel<GeneratedToken> _tokens =
        Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Action? _cancel;
    private GenerationReceipt? _draftOfReceipt; // All but what came of it.
    private int[] _said = [];
    private GenerationReceipt? _receipt;
    private CancellationTokenRegistration _registration;
    private int _started, _ended;

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
    public GenerationReceipt Receipt => !Completion.IsCompleted
        ? throw new InvalidOperationException("an answer has no receipt before its end")
        : _receipt ??= _draftOfReceipt! with
        {
            Prompt = _said[..Statistics.PromptTokens],
            GeneratedTokens = Statistics.GeneratedTokens,
            TokenHash = GenerationReceipt.HashTokens(_said.AsSpan(Statistics.PromptTokens, Statistics.GeneratedTokens)),
            FinishReason = FinishReason.Word(),
        };

    /// <summary>Gives it up: nothing is computed for it from the next layer on, and what it holds is free after that step. Does nothing after its end.</summary>
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
            // Whoever has left finds it ended: a conversation may go on at once.
            Cancel();
            await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Says what cancels it, and what else does. Before the engine gets to know it.</summary>
    internal void OnCancel(Action cancel, CancellationToken cancellation)
    {
        _cancel = cancel;
        _registration = cancellation.UnsafeRegister(state => ((Generation)state!).Cancel(), this);
    }

    /// <summary>Says all of its receipt but what came of it.</summary>
    internal void OnReceipt(GenerationReceipt draft) => _draftOfReceipt = draft;

    internal void Write(GeneratedToken token) => _tokens.Writer.TryWrite(token);

    internal void End(FinishReason reason, ReadOnlySpan<int> said)
    {
        FinishReason = reason;
        if (TryEnd(said))
        {
            _completion.SetResult(); // First: who has read the last token may ask for the receipt.
            _tokens.Writer.Complete();
        }
    }

    internal void Fail(Exception reason, ReadOnlySpan<int> said)
    {
        if (!TryEnd(said))
        {
            return;
        }

        if (reason is OperationCanceledException cancellation)
        {
            _completion.SetCanceled(cancellation.CancellationToken);
        }
        else
        {
            _completion.SetException(reason);
            _ = _completion.Task.Exception; // Seen; whoever wants to know reads the stream or awaits this.
        }

        _tokens.Writer.Complete(reason);
    }

    /// <summary>From now on it holds nothing of the engine.</summary>
    private bool TryEnd(ReadOnlySpan<int> said)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return false;
        }

        _said = said.ToArray();
        _cancel = null;
        _registration.Unregister();
        return true;
    }
}

using AiKernels.Cache;
using AiKernels.Runtime.Files.Snapshots;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// Answers many requests at once with one model: their next tokens are computed together, prompts in pieces beside them, and
/// keys and values of beginnings that they share only once.
/// </summary>
/// <remarks>
/// <para>
/// Thread-safe. A thread of its own computes; requests enter and tokens leave by queues. What a request says depends on its
/// prompt, its options and the model alone, to the last bit, whatever runs beside it.
/// </para>
/// <para>
/// Its memory for keys and values has <see cref="ModelOptions.CacheLength"/> tokens. Where that gets short, requests wait, or
/// give their pages back and are computed again later.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var engine = new InferenceEngine(model, new EngineOptions { MaxSequences = 16 });
/// var answers = await Task.WhenAll(new[] { "Once upon a time", "To be" }.Select(async prompt =>
///     string.Concat(await engine.Submit(prompt).Select(token => token.Text).ToListAsync())));
/// </code>
/// </example>
public sealed class InferenceEngine : IDisposable
{
    private readonly EngineOptions _options;
    private readonly EngineThread _thread;
    private readonly EngineTelemetry _telemetry;
    private readonly Doorkeeper _door;
    private readonly Lock _stopping = new();
    private volatile bool _isDisposed;

    /// <summary>Starts an engine.</summary>
    /// <param name="model">What it runs. Disposing the model disposes the engine.</param>
    /// <param name="options">How it shares the machine out; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArgumentException">The draft model has another vocabulary.</exception>
    /// <exception cref="OutOfMemoryException">The device has too little memory for the keys and values.</exception>
    public InferenceEngine(LanguageModel model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _options = options ?? new EngineOptions();
        _options.Validate();
        ObjectDisposedException.ThrowIf(model.IsDisposed, model);
        if (_options.DraftModel is { } draft && draft.Choices != model.Choices)
        {
            throw new ArgumentException($"the draft model chooses among {draft.Choices} tokens, the model among {model.Choices}", nameof(options));
        }

        Model = model;
        _door = new Doorkeeper((int)Math.Min((long)_options.MaxSequences + _options.MaxWaiting, int.MaxValue));
        _thread = new EngineThread(model, _options);
        _telemetry = new EngineTelemetry(model.Name, () => Load);
        model.Disposing += EndWithModel;
        if (_options.DraftModel is not null)
        {
            _options.DraftModel.Disposing += EndWithModel;
        }

        if (model.IsDisposed || _options.DraftModel?.IsDisposed == true)
        {
            EndWithModel(); // It was disposed meanwhile.
        }
    }

    /// <summary>What it runs.</summary>
    public LanguageModel Model { get; }

    /// <summary>Keys and values of all requests; to be used in one's turn.</summary>
    internal KeyValueCache Cache => _thread.Cache;

    /// <summary>How much it has to do.</summary>
    public EngineLoad Load => _thread.Load is var load
        ? load with { Waiting = Math.Max(0, _door.Count - load.Running) }
        : load;

    /// <summary>Why it takes no requests any more, disposal among the reasons; null while it does.</summary>
    public Exception? Fault => _isDisposed ? new ObjectDisposedException(nameof(InferenceEngine)) : _thread.Fault;

    /// <summary>Continues a text.</summary>
    /// <param name="prompt">The text, see <see cref="LanguageModel.EncodePrompt"/>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <inheritdoc cref="Submit(ReadOnlySpan{int}, GenerationOptions?, CancellationToken)" path="/exception"/>
    public Generation Submit(string prompt, GenerationOptions? options = null, CancellationToken cancellation = default) =>
        Submit(Model.EncodePrompt(prompt, (options ?? new GenerationOptions()).ParseSpecial), options, cancellation);

    /// <summary>Continues tokens. Returns at once.</summary>
    /// <param name="prompt">The tokens.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no tokens, one is not in the vocabulary, or an option is out of its range.</exception>
    /// <exception cref="ContextFullException">The prompt doesn't fit in the context.</exception>
    /// <exception cref="EngineBusyException">Too many requests are under way.</exception>
    /// <exception cref="ObjectDisposedException">The engine, or its model, was disposed.</exception>
    /// <exception cref="InvalidOperationException">The engine has failed, which it does only by a fault of its own.</exception>
    public Generation Submit(ReadOnlySpan<int> prompt, GenerationOptions? options = null, CancellationToken cancellation = default) =>
        Submit(prompt, options ?? new GenerationOptions(), chosen: null, cancellation);

    /// <summary>An empty conversation.</summary>
    /// <param name="tenant">Whose it is, see <see cref="GenerationOptions.Tenant"/>.</param>
    public Conversation CreateConversation(string tenant = "")
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return new Conversation(this, tenant, []);
    }

    /// <summary>Reads a conversation from a file that <see cref="Conversation.SaveAsync"/> wrote, there or here.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tenant">Whose it is, see <see cref="GenerationOptions.Tenant"/>.</param>
    /// <param name="key">What it is encrypted with; null for a file in the open, and no other.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">It is damaged or no snapshot, the key is another, or it is of another model or arithmetic.</exception>
    /// <exception cref="ContextFullException">It is longer than the context.</exception>
    /// <exception cref="ObjectDisposedException">The engine, or its model, was disposed.</exception>
    /// <inheritdoc cref="SnapshotFile.Open" path="/exception"/>
    public async Task<Conversation> RestoreConversationAsync(
        string path, string tenant = "", SnapshotKey? key = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tenant);
        var header = await ConversationSnapshot.Restore(Model, _thread, tenant, !_options.ClearsPages, path, key, cancellation).ConfigureAwait(false);
        return new Conversation(this, tenant, header.Tokens.Span, header.Options with { Tenant = tenant });
    }

    /// <summary>Ends all requests with <see cref="ObjectDisposedException"/>, within a layer's time, and frees all memory.</summary>
    public void Dispose() => Stop("the engine was disposed while the request was running");

    internal Task SaveAsync(
        string tenant, int[] tokens, GenerationOptions options, string path, SnapshotKey? key, CancellationToken cancellation) =>
        ConversationSnapshot.Save(Model, _thread, tenant, tokens, options, path, key, cancellation);

    /// <summary>Continues tokens, and tells of each one that is chosen, on the engine's thread.</summary>
    internal Generation Submit(ReadOnlySpan<int> prompt, GenerationOptions options, Action<int>? chosen, CancellationToken cancellation)
    {
        options = options.Checked();
        Check(prompt, options);
        var handle = new Generation();
        handle.OnReceipt(Receipt(options));
        handle.Statistics.PromptTokens = prompt.Length;
        if (options.MaxTokens == 0)
        {
            handle.End(FinishReason.Length, prompt);
            return handle;
        }

        _door.Enter();
        try
        {
            Post(prompt, options, handle, chosen, cancellation);
            return handle;
        }
        catch
        {
            _door.Leave(now: null);
            throw;
        }
    }

    private void Post(
        ReadOnlySpan<int> prompt, GenerationOptions options, Generation handle, Action<int>? chosen, CancellationToken cancellation)
    {
        var arrival = EngineThread.Now;
        System.Diagnostics.Activity? activity = null;
        EngineRequest? request = null;
        request = new EngineRequest(Model, prompt, options, handle)
        {
            Tenant = options.Tenant,
            Salt = options.Tenant,
            Priority = options.Priority,
            Arrival = arrival,
            Cancellation = cancellation,
            Chosen = chosen,
            Ended = (reason, failure) =>
            {
                _door.Leave(EngineThread.Now);
                _telemetry.End(activity, handle.Statistics, request!.IsAdmitted, EngineThread.Now - arrival, reason, failure);
            },
        };
        activity = _telemetry.Begin(options, prompt.Length);
        handle.OnCancel(() => _thread.Withdraw(request), cancellation);
        _thread.Post(request);
    }

    private void EndWithModel() => Stop("the model was disposed while the request was running");

    private void Stop(string reason)
    {
        _isDisposed = true;
        _thread.Stop(new ObjectDisposedException(nameof(InferenceEngine), reason));
        lock (_stopping)
        {
            Model.Turn.Do(_thread.Dispose); // Somebody may just be reading pages.
            _telemetry.Dispose();
            Model.Disposing -= EndWithModel;
            if (_options.DraftModel is not null)
            {
                _options.DraftModel.Disposing -= EndWithModel;
            }
        }
    }

    /// <summary>All of a receipt but what comes of it.</summary>
    private GenerationReceipt Receipt(GenerationOptions options) => new()
    {
        Model = Model.Name,
        ModelHash = Model.Hash,
        NumericsVersion = Numerics.NumericsVersion.Current,
        KeyValueType = Model.CacheShape.Type,
        ContextLength = Model.ContextLength,
        Choices = Model.Choices,
        Prompt = [],
        Sampling = options.Sampling,
        StopStrings = options.StopStrings,
        IgnoreEnd = options.IgnoreEnd,
        Grammar = options.Grammar?.Source,
        GeneratedTokens = 0,
        TokenHash = "",
        FinishReason = "",
    };

    private void Check(ReadOnlySpan<int> prompt, GenerationOptions options)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_thread.Fault is { } fault)
        {
            throw new InvalidOperationException($"the engine has failed: {fault.Message}", fault);
        }

        if (prompt.IsEmpty)
        {
            throw new ArgumentOutOfRangeException(nameof(prompt), "a prompt has one token at least");
        }

        foreach (var token in prompt)
        {
            CheckToken(token, nameof(prompt));
        }

        foreach (var token in options.Sampling.LogitBias.Keys)
        {
            CheckToken(token, nameof(options.Sampling.LogitBias));
        }

        if (prompt.Length > Model.ContextLength)
        {
            throw new ContextFullException(
                $"{prompt.Length} tokens don't fit in a context of {Model.ContextLength}; load the model with a longer one");
        }

        if ((options.StopStrings.Count > 0 || options.Grammar is not null) && !Model.HasTokenizer)
        {
            throw new ArgumentException("stop strings and grammars need a model with a tokenizer", nameof(options));
        }
    }

    private void CheckToken(int token, string name)
    {
        if ((uint)token >= (uint)Model.Choices)
        {
            throw new ArgumentOutOfRangeException(name, token, $"the model's tokens run from 0 to {Model.Choices - 1}");
        }
    }
}

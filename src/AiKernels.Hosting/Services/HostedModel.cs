using System.Diagnostics;
using AiKernels.Runtime.Engine;
using Microsoft.Extensions.Logging;

namespace AiKernels.Hosting.Services;

/// <summary>An app's model with its backend and engine: loaded once, by whoever needs it first, and disposed in their order.</summary>
/// <remarks>Thread-safe. A model that couldn't be loaded is not tried again: the app's options are wrong, or its file is.</remarks>
internal sealed class HostedModel(AiKernelsOptions options, IServiceProvider services, ILogger<HostedModel> logger) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private volatile Loaded? _loaded;
    private volatile Exception? _failure, _rehearsalFailure;
    private volatile bool _isDisposed;

    /// <summary>The engine, if it is loaded. Doesn't wait.</summary>
    public InferenceEngine? LoadedEngine => _loaded?.Engine;

    /// <summary>Why it couldn't be loaded or warmed up; null if it could, or nobody tried. Doesn't wait.</summary>
    public Exception? Failure => _failure ?? _rehearsalFailure;

    /// <summary>The engine, loaded if it isn't yet.</summary>
    /// <exception cref="InvalidOperationException">It could not be loaded.</exception>
    public InferenceEngine Engine => (_loaded ?? Load()).Engine;

    /// <summary>How the app configured it.</summary>
    public AiKernelsOptions Options => options;

    /// <summary>Takes the model through a first token, so that the code of its steps is compiled.</summary>
    /// <param name="resolve">Has the container make what answers are made by, with which wrong options come to light.</param>
    /// <param name="cancellation">Gives it up.</param>
    public async Task RehearseAsync(Action resolve, CancellationToken cancellation)
    {
        try
        {
            var engine = Engine;
            var start = Stopwatch.GetTimestamp();
            resolve();
            var token = engine.Model.Tokenizer.Vocabulary.Bos ?? 0;
            await engine.Submit([token], new GenerationOptions { MaxTokens = 2, IgnoreEnd = true }, cancellation).Completion.ConfigureAwait(false);
            Log.WarmedUp(logger, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        catch (EngineBusyException)
        {
            // Whoever came first takes the model through its first tokens.
        }
        catch (Exception failure) when (failure is not OperationCanceledException && !_ending.IsCancellationRequested && _failure is null)
        {
            _rehearsalFailure = failure; // Requests will fail as it did.
            Log.WarmUpFailed(logger, options.ModelPath, failure);
            throw;
        }
    }

    /// <summary>Ends a loading that is under way. Does nothing once all is disposed.</summary>
    public void GiveUpLoading()
    {
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Hosts may stop what their container has disposed already.
        }
    }

    /// <summary>Gives a loading that is under way up, and frees all. Does nothing the second time.</summary>
    public void Dispose()
    {
        GiveUpLoading();
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _loaded?.Dispose();
                _ending.Dispose();
            }
        }
    }

    private Loaded Load()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_loaded is { } loaded)
            {
                return loaded;
            }

            if (_failure is { } earlier)
            {
                throw Failed(earlier);
            }

            try
            {
                return _loaded = LoadNow();
            }
            catch (Exception failure)
            {
                _failure = failure;
                if (failure is not OperationCanceledException) // The app is ending, and knows.
                {
                    Log.LoadingFailed(logger, options.ModelPath, failure);
                }

                throw Failed(failure);
            }
        }
    }

    private InvalidOperationException Failed(Exception failure) =>
        new($"the model {options.ModelPath} could not be loaded: {failure.Message}", failure);

    private Loaded LoadNow()
    {
        Log.Loading(logger, options.ModelPath);
        var start = Stopwatch.GetTimestamp();
        var backend = options.Backend!(services) ?? throw new InvalidOperationException("Backend made none");
        LanguageModel? model = null;
        try
        {
            model = LanguageModel.Load(options.ModelPath, backend, options.ForModel, _ending.Token);
            var loaded = new Loaded(backend, model, new InferenceEngine(model, options.Engine));
            if (model.PackedCache is { State: PackedCacheState.Unwritable, Problem: var problem })
            {
                Log.NotKept(logger, options.PackedCacheFolder!, problem);
            }

            Log.Loaded(logger, model.Name, model.ContextLength, model.Decoder.WeightBytes / 1e6, Stopwatch.GetElapsedTime(start).TotalSeconds);
            return loaded;
        }
        catch
        {
            model?.Dispose();
            backend.Dispose();
            throw;
        }
    }

    private sealed record Loaded(IBackend Backend, LanguageModel Model, InferenceEngine Engine) : IDisposable
    {
        public void Dispose()
        {
            Engine.Dispose();
            Model.Dispose();
            Backend.Dispose();
        }
    }
}

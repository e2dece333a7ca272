using System.Runtime.InteropServices;
using AiKernels.Runtime.Files.Snapshots;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// What was said so far, on an engine: each prompt is appended to it, and so is what the engine answers.
/// </summary>
/// <remarks>
/// <para>
/// A conversation is nothing but its tokens, and costs no more than these while nothing is being generated. Their keys and values
/// stay in the engine's memory for as long as nobody else needs it, and are found there when the conversation goes on, and by
/// its forks, which begin alike; what is gone by then is computed again. All of that changes no bit.
/// </para>
/// <para>
/// Thread-safe, but one answer at a time: fork it for several.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var conversation = engine.CreateConversation(tenant: "accounting");
/// await foreach (var token in conversation.Submit("Once upon a time"))
/// {
///     Console.Write(token.Text);
/// }
///
/// var other = conversation.Fork(); // What both begin with is in memory once.
/// await conversation.SaveAsync("story.snapshot");
/// </code>
/// </example>
public sealed class Conversation
{
    private readonly InferenceEngine _engine;
    private readonly Lock _lock = new();
    private readonly List<int> _tokens;
    private Task _answering = Task.CompletedTask;

    internal Conversation(InferenceEngine engine, string tenant, ReadOnlySpan<int> tokens, GenerationOptions? options = null)
    {
        (_engine, Tenant) = (engine, tenant);
        _tokens = [.. tokens];
        Options = options ?? new GenerationOptions();
    }

    /// <summary>Whose it is, see <see cref="GenerationOptions.Tenant"/>.</summary>
    public string Tenant { get; }

    /// <summary>How the last answer was generated; after a restoration, how the one before the snapshot was.</summary>
    public GenerationOptions Options { get; private set; }

    /// <summary>All tokens so far, prompts and answers.</summary>
    public int[] Tokens
    {
        get
        {
            lock (_lock)
            {
                return [.. _tokens];
            }
        }
    }

    /// <summary>Appends a text and lets the model go on.</summary>
    /// <param name="text">The text. The first one begins with the begin token, where the vocabulary asks for one.</param>
    /// <param name="options">How; null for the defaults. The tenant is the conversation's.</param>
    /// <param name="cancellation">Gives the answer up; what there is of it stays.</param>
    /// <inheritdoc cref="Submit(ReadOnlySpan{int}, GenerationOptions?, CancellationToken)" path="/exception"/>
    public Generation Submit(string text, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        options ??= new GenerationOptions();
        bool isFirst;
        lock (_lock)
        {
            ThrowIfAnswering();
            isFirst = _tokens.Count == 0;
        }

        // Outside of the lock: the engine must never wait for a long text.
        return Submit(
            isFirst ? _engine.Model.EncodePrompt(text, options.ParseSpecial) : _engine.Model.Tokenizer.Encode(text, options.ParseSpecial),
            options,
            cancellation);
    }

    /// <summary>Appends tokens and lets the model go on.</summary>
    /// <param name="tokens">The tokens; none to go on where the last answer ended.</param>
    /// <param name="options">How; null for the defaults. The tenant is the conversation's.</param>
    /// <param name="cancellation">Gives the answer up; what there is of it stays.</param>
    /// <exception cref="InvalidOperationException">An answer is still being generated.</exception>
    /// <inheritdoc cref="InferenceEngine.Submit(ReadOnlySpan{int}, GenerationOptions?, CancellationToken)" path="/exception"/>
    public Generation Submit(ReadOnlySpan<int> tokens, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            ThrowIfAnswering();
            options = (options ?? new GenerationOptions()) with { Tenant = Tenant };
            var answer = _engine.Submit([.. _tokens, .. tokens], options, Append, cancellation);
            _tokens.AddRange(tokens); // Only now: what was refused is not part of it.
            (Options, _answering) = (options, answer.Completion);
            return answer;
        }
    }

    /// <summary>
    /// Another conversation that begins as this one. They share their pages; a page within which they part is copied when the
    /// other one gets there.
    /// </summary>
    /// <exception cref="InvalidOperationException">An answer is still being generated.</exception>
    public Conversation Fork()
    {
        lock (_lock)
        {
            ThrowIfAnswering();
            return new Conversation(_engine, Tenant, CollectionsMarshal.AsSpan(_tokens), Options);
        }
    }

    /// <summary>
    /// Forgets some tokens, to make room in the context. What comes after them moves to their place, and its keys and values are
    /// computed anew when the conversation goes on, as if nothing else had ever been there.
    /// </summary>
    /// <param name="start">The first token that is forgotten.</param>
    /// <param name="count">How many are.</param>
    /// <exception cref="ArgumentException">There are no such tokens.</exception>
    /// <exception cref="InvalidOperationException">An answer is still being generated.</exception>
    public void Forget(int start, int count)
    {
        lock (_lock)
        {
            ThrowIfAnswering();
            if (start < 0 || count < 0 || start > _tokens.Count - count)
            {
                throw new ArgumentException($"the conversation has {_tokens.Count} tokens, and not the {count} from {start} on");
            }

            _tokens.RemoveRange(start, count);
        }
    }

    /// <summary>
    /// Writes it to a file, with its keys and values, so that it can go on elsewhere or later without being computed again.
    /// Nothing of it changes meanwhile, and an older file of the name stays until the new one is complete.
    /// </summary>
    /// <param name="path">The file. Only its owner may read it.</param>
    /// <param name="key">What to encrypt it with; null writes it in the open.</param>
    /// <param name="cancellation">Gives up; an older file stays.</param>
    /// <exception cref="InvalidOperationException">An answer is still being generated.</exception>
    /// <inheritdoc cref="SnapshotFile.Write" path="/exception"/>
    public Task SaveAsync(string path, SnapshotKey? key = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        lock (_lock)
        {
            ThrowIfAnswering();
            return _engine.SaveAsync(Tenant, [.. _tokens], Options, path, key, cancellation);
        }
    }

    private void Append(int token)
    {
        lock (_lock)
        {
            _tokens.Add(token);
        }
    }

    private void ThrowIfAnswering()
    {
        if (!_answering.IsCompleted)
        {
            throw new InvalidOperationException("an answer is still being generated; wait for its completion, or fork before it is asked for");
        }
    }
}

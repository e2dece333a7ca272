using System.Runtime.CompilerServices;
using AiKernels.Hosting.Chat;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Templates;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AiKernels.Hosting;

/// <summary>An <see cref="IChatClient"/> whose answers an <see cref="InferenceEngine"/> of this process generates.</summary>
/// <remarks>
/// <para>
/// Thread-safe; any number of clients may share an engine, and each answer depends on its own request alone, to the last bit. A
/// request that says no seed has the client's, so that equal requests get equal answers.
/// </para>
/// <para>
/// All members of <see cref="ChatOptions"/> are honoured or refused in a sentence (but for leave to answer in the background, which
/// this client doesn't take). <see cref="ChatOptions.AdditionalProperties"/>
/// take every member of <see cref="Runtime.Sampling.SamplingOptions"/> and <see cref="GenerationOptions"/> by its name in snake case (<c>min_p</c>,
/// <c>tenant</c>, <c>time_limit</c> in seconds ...), <c>grammar</c> (GBNF), <c>regex</c>, <c>enable_thinking</c>,
/// <c>reasoning_effort</c> and <c>template</c>, an object with variables of the chat template. Unknown ones are refused.
/// A <see cref="ChatOptions.RawRepresentationFactory"/> may give <see cref="GenerationOptions"/> to begin with; a grammar in them is
/// the whole answer's.
/// </para>
/// <para>
/// Tools are called as the model likes, and what it writes is read, unless somebody asks for more. Calls follow their tools' schemas
/// where a tool must be called, where one has the additional property <c>strict</c>, where only one call is allowed, where
/// the text has to follow something, and with <see cref="ChatClientOptions.ConstrainsToolCalls"/>. Then a schema that can't be followed is
/// refused; but a tool that may be called, isn't strict and is constrained for another's sake takes any object.
/// </para>
/// <para>
/// System and developer messages that the template would leave out or refuse reach it otherwise: developers' as the system's, and
/// several as one, before all others. Stop sequences are looked for in text and reasoning, and never in calls.
/// </para>
/// <para>
/// Text of messages never becomes a control token, whatever it spells (<see cref="PromptEncoder"/>); what a model makes of the
/// text is the app's to guard against.
/// </para>
/// <para>
/// The last update, and so the whole answer, has its <see cref="GenerationReceipt"/> under <see cref="ReceiptKey"/>, and with
/// <c>log_probabilities</c> its <see cref="GeneratedToken"/>s under <see cref="TokensKey"/>.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using IChatClient client = new AiKernelsChatClient(engine);
/// await foreach (var update in client.GetStreamingResponseAsync("What is a llama?", new ChatOptions { Temperature = 0.7f }))
/// {
///     Console.Write(update.Text);
/// }
/// </code>
/// </example>
public sealed class AiKernelsChatClient : IChatClient
{
    /// <summary>The additional property of an answer that holds its <see cref="GenerationReceipt"/>.</summary>
    public const string ReceiptKey = "receipt";

    /// <summary>The additional property of an answer that holds its <see cref="GeneratedToken"/>s, where probabilities were asked for.</summary>
    public const string TokensKey = "tokens";

    private readonly InferenceEngine _engine;
    private readonly ChatClientOptions _options;
    private readonly ILogger _logger;
    private readonly TemplateForms _forms;
    private readonly ChatSyntax _syntax;
    private readonly RequestPreparation _preparation;
    private readonly ChatClientMetadata _metadata;
    private volatile bool _isDisposed;

    /// <summary>Makes a client.</summary>
    /// <param name="engine">Generates the answers. The client disposes it only if <see cref="ChatClientOptions.OwnsEngine"/> says so.</param>
    /// <param name="options">What counts where a request doesn't say; null for the defaults.</param>
    /// <param name="logger">Is told how many tokens and how long, never what; null for nobody.</param>
    /// <exception cref="ArgumentException">There is no such template or syntax, or an option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The model has no tokenizer.</exception>
    /// <exception cref="TemplateException">The model's template can't be parsed.</exception>
    public AiKernelsChatClient(InferenceEngine engine, ChatClientOptions? options = null, ILogger<AiKernelsChatClient>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        (_engine, _options, _logger) = (engine, options ?? new ChatClientOptions(), (ILogger?)logger ?? NullLogger.Instance);
        _options.Sampling.Validate();
        ArgumentOutOfRangeException.ThrowIfNegative(_options.MaxOutputTokens ?? 0, nameof(options.MaxOutputTokens));
        var model = engine.Model;
        var templates = _options.CustomTemplate is { } custom ? model.ChatTemplates.ReplacedBy(custom) : model.ChatTemplates;
        var name = _options.Template ?? (templates.Names.Count == 0 ? _options.FallbackTemplate : null);
        _forms = TemplateForms.Of(templates, name);
        _syntax = _options.Syntax is { } syntax ? ChatSyntax.Named(syntax) : ChatSyntax.Detect(templates.For(hasTools: true, name).Source);
        _preparation = new RequestPreparation(
            new PromptEncoder(templates, model.Tokenizer, name), _syntax, new GrammarShelf(model.Tokenizer, _syntax, _options));
        _metadata = new ChatClientMetadata("aikernels", providerUri: null, _options.ModelId ?? model.Name);
        if (_syntax.HasToolCalls && !_forms.Calls.KeepsCalls)
        {
            Log.CallsLeftOut(_logger, model.Name);
        }
    }

    private string ModelId => _metadata.DefaultModelId!;

    /// <summary>Answers a conversation. It is the updates of <see cref="GetStreamingResponseAsync"/>, put together.</summary>
    /// <inheritdoc cref="GetStreamingResponseAsync" path="/param"/>
    /// <inheritdoc cref="GetStreamingResponseAsync" path="/exception"/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <summary>Answers a conversation, piece by piece. Whoever stops reading gives the answer up.</summary>
    /// <param name="messages">The conversation so far.</param>
    /// <param name="options">How; null for the client's own options. They and the messages are read at once and never changed.</param>
    /// <param name="cancellationToken">Gives the answer up, within the time of a layer.</param>
    /// <exception cref="ArgumentException">An option is out of its range, unknown, or can't be honoured; or there are no messages.</exception>
    /// <exception cref="NotSupportedException">A message has what the model can't read, such as an image.</exception>
    /// <exception cref="TemplateException">The model's template refuses the conversation.</exception>
    /// <exception cref="GrammarException">The response format or a tool has a schema that can't be followed.</exception>
    /// <exception cref="ContextFullException">The conversation doesn't fit in the context.</exception>
    /// <exception cref="EngineBusyException">Too many requests are under way.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client, its engine, or the engine's model was disposed.</exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return Stream(messages, options, cancellationToken);
    }

    /// <summary>The client itself, its <see cref="InferenceEngine"/>, <see cref="LanguageModel"/> or <see cref="ChatClientMetadata"/>.</summary>
    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        object[] services = [this, _engine, _engine.Model, _metadata];
        return serviceKey is null ? Array.Find(services, serviceType.IsInstanceOfType) : null;
    }

    /// <summary>Ends the client; answers that are under way go on, unless the engine is the client's.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (_options.OwnsEngine)
        {
            _engine.Dispose();
        }
    }

    private async IAsyncEnumerable<ChatResponseUpdate> Stream(
        IEnumerable<ChatMessage> messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var request = RequestOptions.Of(this, ModelId, options, _options);
        var context = new ConversationContext(_forms).Of(messages, request);
        var prepared = await _preparation.Prepare(context, request, cancellation).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var frame = new UpdateFrame(ModelId, _options.Clock.GetUtcNow());
        var contents = new AnswerContents(Reader(prepared, request), request, new CallNames(prepared.Prompt));
        var (read, tokens) = (new List<int>(), request.Generation.LogProbabilities is null ? null : new List<GeneratedToken>());
        var generation = Submit(prepared, cancellation);
        await foreach (var token in generation.WithCancellation(cancellation).ConfigureAwait(false))
        {
            read.Add(token.Id);
            tokens?.Add(token);
            if (contents.Append(token) is { Count: > 0 } certain)
            {
                yield return frame.Update(certain);
            }

            if (contents.IsStopped)
            {
                break;
            }
        }

        if (contents.Finish() is { Count: > 0 } held)
        {
            yield return frame.Update(held);
        }

        var end = AnswerEnd.Of(generation, read, contents.IsStopped);
        yield return frame.Last(end, generation.Statistics, contents.HasCalls, tokens);
        Log.Answered(_logger, end, generation.Statistics);
    }

    private Generation Submit(PreparedRequest prepared, CancellationToken cancellation)
    {
        try
        {
            return _engine.Submit(prepared.Prompt, prepared.Generation, cancellation);
        }
        catch (EngineBusyException)
        {
            Log.Refused(_logger, prepared.Prompt.Length);
            throw;
        }
    }

    private AnswerReader? Reader(PreparedRequest prepared, RequestOptions request) => _syntax == ChatSyntax.Plain ? null : new AnswerReader(
        _syntax, _engine.Model.Tokenizer, prepared.Prompt, request.Tools.Callable,
        new AnswerReaderOptions { GenerationPrompt = prepared.GenerationPrompt, IsTextRequired = request.Constraint is not null });
}

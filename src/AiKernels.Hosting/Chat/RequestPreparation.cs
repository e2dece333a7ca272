using System.Text.Json.Nodes;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Templates;

namespace AiKernels.Hosting.Chat;

/// <summary>Makes tokens of conversations and grammars of what answers have to follow: what takes time before the engine is asked.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="encoder">Makes the tokens.</param>
/// <param name="syntax">How the model writes reasoning and calls.</param>
/// <param name="grammars">Makes and keeps the grammars.</param>
internal sealed class RequestPreparation(PromptEncoder encoder, ChatSyntax syntax, GrammarShelf grammars)
{
    /// <summary>Prepares a request on the thread pool. Grammars that nobody waits for any more are kept for the next request.</summary>
    /// <param name="context">The conversation.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="TemplateException">The model's template refuses the conversation.</exception>
    /// <exception cref="GrammarException">What has to be followed can't be.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<PreparedRequest> Prepare(JsonObject context, RequestOptions request, CancellationToken cancellation) =>
        Task.Run(() => Prepare(context, request), cancellation).WaitAsync(cancellation);

    private PreparedRequest Prepare(JsonObject context, RequestOptions request)
    {
        var prompt = encoder.Encode(context);
        var added = syntax == ChatSyntax.Plain ? "" : encoder.GenerationPrompt(context, prompt);
        var generation = request.Generation with
        {
            Grammar = request.Generation.Grammar ?? grammars.For(request, syntax.ThinkingAfter(added)),

            // The engine would look for them in markers and calls, too: who takes the answer apart can tell.
            StopStrings = syntax == ChatSyntax.Plain ? request.Generation.StopStrings : [],
        };
        return new PreparedRequest(prompt, added, generation);
    }
}

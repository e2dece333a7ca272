using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Templates;

namespace AiKernels.Hosting;

/// <summary>What an <see cref="AiKernelsChatClient"/> does where a request doesn't say.</summary>
/// <example><code>var client = new AiKernelsChatClient(engine, new ChatClientOptions { ModelId = "shakespeare", OwnsEngine = true });</code></example>
public sealed record ChatClientOptions
{
    /// <summary>What the model is called; null for <see cref="LanguageModel.Name"/>. Requests that name another model are refused.</summary>
    public string? ModelId { get; init; }

    /// <summary>
    /// The template, by a name that <see cref="ChatTemplates.Named"/> knows; null for the model's own choice, or
    /// <see cref="FallbackTemplate"/> where it brings none.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>A template in place of those that the model brings, such as a mended one; null for the model's.</summary>
    public ChatTemplate? CustomTemplate { get; init; }

    /// <summary>The template of models that bring none.</summary>
    public string FallbackTemplate { get; init; } = "chatml";

    /// <summary>How the model writes reasoning and tool calls, one of <c>ChatSyntax.Names</c>; null to tell by the template.</summary>
    public string? Syntax { get; init; }

    /// <summary>
    /// What stands between the values of JSON where the answer has to be JSON, and in tool calls. As the model likes by default;
    /// what is certain instead needs no step of the model.
    /// </summary>
    public JsonWhitespace JsonWhitespace { get; init; }

    /// <summary>
    /// Whether tool calls always follow their tools' schemas. Else they do where a tool must be called, where it says that it is
    /// <c>strict</c>, where only one call is allowed, and where the text has to follow something.
    /// </summary>
    public bool ConstrainsToolCalls { get; init; }

    /// <summary>How tokens are chosen where a request doesn't say. Equal requests get equal answers unless they have other seeds.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>The most tokens of an answer where a request doesn't say; null for what is left of the context.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Whether disposing the client disposes the engine.</summary>
    public bool OwnsEngine { get; init; }

    /// <summary>Tells when an answer was created.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

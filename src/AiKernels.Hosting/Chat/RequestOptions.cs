using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using Microsoft.Extensions.AI;

namespace AiKernels.Hosting.Chat;

/// <summary>A request's options as the engine, the template and the grammars take them.</summary>
internal sealed class RequestOptions
{
    private string? _constrainedBy;

    private RequestOptions(GenerationOptions generation, ToolSet tools) => (Generation, Tools) = (generation, tools);

    /// <summary>What the engine is told. A grammar in it is the request's own, which the whole answer follows.</summary>
    public GenerationOptions Generation { get; set; }

    /// <summary>The tools, and whether they may or must be called.</summary>
    public ToolSet Tools { get; }

    /// <summary>Variables of the template beside the conversation.</summary>
    public JsonObject Variables { get; } = [];

    /// <summary>What the answer's text has to follow; null for anything.</summary>
    public GrammarSource? Constraint { get; private set; }

    /// <summary>Whether what the model thinks is given out.</summary>
    public bool GivesReasoning { get; private init; } = true;

    /// <summary>What goes before the first message; null for nothing.</summary>
    public string? Instructions { get; private init; }

    /// <summary>Reads a request's options.</summary>
    /// <param name="client">Who is asked.</param>
    /// <param name="modelId">What its model is called.</param>
    /// <param name="options">The request's options; null for none.</param>
    /// <param name="defaults">What counts where the request doesn't say.</param>
    /// <exception cref="ArgumentException">An option is out of its range, unknown, or can't be honoured.</exception>
    public static RequestOptions Of(IChatClient client, string modelId, ChatOptions? options, ChatClientOptions defaults)
    {
        options ??= new ChatOptions();
        Refuse(options, modelId);
        var own = options.RawRepresentationFactory?.Invoke(client) switch
        {
            null => new GenerationOptions { Sampling = defaults.Sampling, MaxTokens = defaults.MaxOutputTokens ?? int.MaxValue },
            GenerationOptions raw => raw,
            var other => throw new ArgumentException(
                $"the RawRepresentationFactory gave a {other.GetType().Name}, and this client takes {nameof(GenerationOptions)}"),
        };
        var request = new RequestOptions(WithMembers(own, options), ToolSet.Of(options))
        {
            Instructions = string.IsNullOrEmpty(options.Instructions) ? null : options.Instructions,
            GivesReasoning = options.Reasoning?.Output != ReasoningOutput.None,
        };
        request.SetOwnGrammar();
        request.SetFormat(options.ResponseFormat, defaults.JsonWhitespace);
        request.SetReasoning(options.Reasoning);
        foreach (var (name, value) in options.AdditionalProperties ?? [])
        {
            AdditionalOptions.Set(request, name, value);
        }

        request.Generation.Validate(); // The engine isn't told of stop strings that the client looks for.
        return request;
    }

    /// <summary>Says what the text has to follow.</summary>
    /// <param name="grammar">A grammar.</param>
    /// <param name="saidBy">The option that says so.</param>
    public void Constrain(GrammarSource grammar, string saidBy)
    {
        SetConstrainedBy(saidBy);
        Constraint = grammar;
    }

    private static void Refuse(ChatOptions options, string modelId)
    {
        if (options.ModelId is { } asked && asked != modelId)
        {
            throw new ArgumentException($"this client's model is {modelId}, and the request asks for {asked}");
        }

        if (options.MaxOutputTokens < 0)
        {
            throw new ArgumentException($"MaxOutputTokens must be 0 or positive, not {options.MaxOutputTokens}");
        }

        if (options.ConversationId is not null)
        {
            throw new ArgumentException("this client keeps no conversations, so a request has all messages and no ConversationId");
        }

#pragma warning disable MEAI001 // Experimental; but whoever sets it must hear that it isn't honoured.
        if (options.ContinuationToken is not null)
#pragma warning restore MEAI001
        {
            throw new ArgumentException("this client has no answers in the background, so there is none to continue by a ContinuationToken");
        }
    }

    private static GenerationOptions WithMembers(GenerationOptions own, ChatOptions options)
    {
        var sampling = own.Sampling;
        return own with
        {
            MaxTokens = options.MaxOutputTokens ?? own.MaxTokens,
            StopStrings = options.StopSequences is { } stops ? [.. stops] : own.StopStrings,
            Sampling = sampling with
            {
                Temperature = options.Temperature ?? sampling.Temperature,
                TopP = options.TopP ?? sampling.TopP,
                TopK = options.TopK ?? sampling.TopK,
                FrequencyPenalty = options.FrequencyPenalty ?? sampling.FrequencyPenalty,
                PresencePenalty = options.PresencePenalty ?? sampling.PresencePenalty,
                Seed = options.Seed is { } seed ? unchecked((ulong)seed) : sampling.Seed,
            },
        };
    }

    private void SetConstrainedBy(string option)
    {
        if (_constrainedBy is not null)
        {
            throw new ArgumentException($"{_constrainedBy} and {option} both say what the answer has to follow; only one may");
        }

        _constrainedBy = option;
    }

    private void SetOwnGrammar()
    {
        if (Generation.Grammar is null)
        {
            return;
        }

        SetConstrainedBy($"the grammar of the {nameof(ChatOptions.RawRepresentationFactory)}");
        if (Tools.MustBeCalled)
        {
            SetConstrainedBy(nameof(ChatOptions.ToolMode));
        }
    }

    private void SetFormat(ChatResponseFormat? format, JsonWhitespace whitespace)
    {
        switch (format)
        {
            case null or ChatResponseFormatText:
                break;
            case ChatResponseFormatJson { Schema.ValueKind: JsonValueKind.Undefined }:
                throw new ArgumentException("the schema of the ResponseFormat was never set");
            case ChatResponseFormatJson { Schema: { } schema }:
                var options = new JsonSchemaOptions { PlainIntegers = true, DotNetTimes = true, Whitespace = whitespace };
                Constrain(new GrammarSource(GrammarKind.JsonSchema, schema.GetRawText()) { Options = options }, nameof(ChatOptions.ResponseFormat));
                break;
            case ChatResponseFormatJson:
                Constrain(Grammar.Json(whitespace).Source, nameof(ChatOptions.ResponseFormat));
                break;
            default:
                throw new ArgumentException($"the response format {format.GetType().Name} is not supported; text, JSON and JSON of a schema are");
        }
    }

    private void SetReasoning(ReasoningOptions? reasoning)
    {
        if (reasoning?.Effort is not { } effort)
        {
            return;
        }

        Variables["enable_thinking"] = effort != ReasoningEffort.None;
        if (effort != ReasoningEffort.None)
        {
            Variables["reasoning_effort"] = effort switch
            {
                ReasoningEffort.Low => "low",
                ReasoningEffort.Medium => "medium",
                _ => "high",
            };
        }
    }
}

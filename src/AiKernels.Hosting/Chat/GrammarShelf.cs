using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Text;

namespace AiKernels.Hosting.Chat;

/// <summary>Grammars of the last requests: what matching finds out about one is kept in it, so the next request is quicker.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="tokenizer">Finds tokens by their text, where a grammar asks for one.</param>
/// <param name="syntax">How the model writes reasoning and calls, of which only the text has to follow a request's constraint.</param>
/// <param name="options">What stands between the values of JSON in tool calls, and whether they always follow their schemas.</param>
internal sealed class GrammarShelf(Tokenizer tokenizer, ChatSyntax syntax, ChatClientOptions options)
{
    // What a grammar has found out may be megabytes.
    private const int Most = 32;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<Key, Lazy<Grammar>> _kept = [];

    /// <summary>What an answer has to follow; null for anything.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="thinking">Where reasoning stands behind the prompt.</param>
    /// <exception cref="GrammarException">What has to be followed can't be.</exception>
    public Grammar? For(RequestOptions request, ThinkingState thinking)
    {
        var (tools, text) = (request.Tools, request.Constraint);
        if (tools.Callable.Count > 0 && !syntax.HasToolCalls)
        {
            throw new ArgumentException(
                "the model's template says no way to call tools: name its Syntax, or give a template that has one (TemplatePath, CustomTemplate), or send no tools");
        }

        if (ConstrainsCalls(tools, text) || (text is not null && thinking != ThinkingState.Over))
        {
            var shape = new ToolGrammarOptions { IsParallel = tools.AllowsSeveral, Thinking = thinking, Whitespace = options.JsonWhitespace, Text = text };
            var key = new Key(text, shape, tools.Choice, tools.Declared.ToJsonString(), string.Join('\n', tools.Strict.Order(StringComparer.Ordinal)));
            return Kept(key, () => OfTools(tools, shape));
        }

        return text is null ? null : Kept(new Key(text, null, null, null, null), () => Grammar.From(text, tokenizer));
    }

    /// <summary>
    /// Whether what calls say, or that there are none, has been asked for. Else the model writes as it likes: a grammar may narrow
    /// what it would say, and takes time.
    /// </summary>
    private bool ConstrainsCalls(ToolSet tools, GrammarSource? text) =>
        tools.MustBeCalled
        || (tools.Definitions.Count > 0 && syntax.HasToolCalls && (text is not null || tools.Choice == ToolChoice.None
            || !tools.AllowsSeveral || tools.Strict.Count > 0 || options.ConstrainsToolCalls));

    /// <summary>Tools whose schemas nobody asked to follow take any arguments if their schemas can't be followed.</summary>
    private Grammar OfTools(ToolSet tools, ToolGrammarOptions shape)
    {
        try
        {
            return Make(tools.Definitions);
        }
        catch (GrammarException) when (!tools.MustBeCalled && !options.ConstrainsToolCalls)
        {
            return Make([.. tools.Definitions.Select(
                tool => tools.Strict.Contains(tool.Name) || CanBeFollowed(tool) ? tool : tool with { Parameters = null })]);
        }

        Grammar Make(IReadOnlyList<ToolDefinition> definitions) => ToolGrammar.For(syntax, definitions, tools.Choice, tokenizer, shape);
    }

    private bool CanBeFollowed(ToolDefinition tool)
    {
        try
        {
            ToolGrammar.For(syntax, [tool], ToolChoice.Auto, tokenizer);
            return true;
        }
        catch (GrammarException)
        {
            return false;
        }
    }

    private Grammar Kept(Key key, Func<Grammar> make)
    {
        Lazy<Grammar>? grammar;
        lock (_lock)
        {
            if (_kept.TryGetValue(key, out grammar))
            {
                _kept.Remove(key); // To the end: the first is the one that was not asked for the longest.
            }
            else if (_kept.Count == Most)
            {
                _kept.RemoveAt(0);
            }

            _kept.Add(key, grammar ??= new Lazy<Grammar>(make));
        }

        return grammar.Value;
    }

    /// <summary>All that a grammar depends on, for one client.</summary>
    private sealed record Key(GrammarSource? Text, ToolGrammarOptions? Shape, ToolChoice? Choice, string? Tools, string? Strict);
}

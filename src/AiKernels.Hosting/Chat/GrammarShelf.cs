using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Text;

namespace AiKernels.Hosting.Chat;

/// <summary>Grammars of the last requests: what matching finds out about one is kept in it, so the next request is quicker.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="tokenizer">Finds tokens by their text, where a grammar asks for one.</param>
/// <param name="whitespace">What stands between the values of JSON in tool calls.</param>
internal sealed class GrammarShelf(Tokenizer tokenizer, JsonWhitespace whitespace)
{
    // What a grammar has found out may be megabytes.
    private const int Most = 32;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<Key, Lazy<Grammar>> _kept = [];

    /// <summary>What an answer has to follow; null for anything.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="syntax">How the model writes reasoning and calls, of which only the text has to follow the request's constraint.</param>
    /// <param name="prompt">What the answer continues.</param>
    public Grammar? For(RequestOptions request, ChatSyntax syntax, int[] prompt)
    {
        var (tools, text) = (request.Tools, request.Constraint);
        var hasTools = tools.MustBeCalled || (tools.Definitions.Count > 0 && syntax.HasToolCalls);
        var thinking = syntax.ThinkingAfter(tokenizer, prompt);
        if (hasTools || (text is not null && thinking != ThinkingState.Over))
        {
            var options = new ToolGrammarOptions { IsParallel = tools.AllowsSeveral, Thinking = thinking, Whitespace = whitespace, Text = text };
            return Kept(
                new Key(text, options, tools.Choice, tools.Declared.ToJsonString()),
                () => ToolGrammar.For(syntax, tools.Definitions, tools.Choice, tokenizer, options));
        }

        return text is null ? null : Kept(new Key(text, null, null, null), () => Grammar.From(text, tokenizer));
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

    /// <summary>All that a grammar depends on, for one syntax.</summary>
    private sealed record Key(GrammarSource? Text, ToolGrammarOptions? Options, ToolChoice? Choice, string? Tools);
}

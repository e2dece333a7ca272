using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Text;

namespace AiKernels.Hosting.Chat;

/// <summary>Grammars of the last requests: what matching finds out about one is kept in it, so the next request is quicker.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="tokenizer">Finds tokens by their text, where a grammar asks for one.</param>
internal sealed class GrammarShelf(Tokenizer tokenizer)
{
    // What a grammar has found out may be megabytes.
    private const int Most = 32;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<GrammarSource, Lazy<Grammar>> _kept = [];

    /// <summary>What an answer has to follow; null for anything.</summary>
    public Grammar? For(RequestOptions request, ChatSyntax syntax, int[] prompt) =>
        request.Constraint is { } source ? Kept(source, () => Grammar.From(source, tokenizer)) : null;

    private Grammar Kept(GrammarSource source, Func<Grammar> make)
    {
        Lazy<Grammar>? grammar;
        lock (_lock)
        {
            if (_kept.TryGetValue(source, out grammar))
            {
                _kept.Remove(source); // To the end: the first is the one that was not asked for the longest.
            }
            else if (_kept.Count == Most)
            {
                _kept.RemoveAt(0);
            }

            _kept.Add(source, grammar ??= new Lazy<Grammar>(make));
        }

        return grammar.Value;
    }
}

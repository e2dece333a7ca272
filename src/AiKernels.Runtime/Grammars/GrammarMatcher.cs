using System.Text;
using AiKernels.Runtime.Grammars.Matching;

namespace AiKernels.Runtime.Grammars;

/// <summary>Reads a text piece by piece and tells how far it follows a grammar.</summary>
/// <remarks>Not thread-safe; several matchers may share a grammar.</remarks>
/// <param name="grammar">What the text should follow.</param>
public sealed class GrammarMatcher(Grammar grammar)
{
    private readonly CompiledGrammar _compiled = (grammar ?? throw new ArgumentNullException(nameof(grammar))).Compiled;
    private JsonItems? _items;
    private Configuration? _current;
    private bool _hasFailed;

    /// <summary>How many bytes were read, all of which follow the grammar.</summary>
    public long Position { get; private set; }

    /// <summary>Whether what was read is a whole text of the grammar.</summary>
    public bool IsComplete => Current.IsComplete;

    /// <summary>Whether a text of the grammar goes on after what was read.</summary>
    public bool CanGoOn => !Current.IsEnd;

    private Configuration Current => _current ??= Start();

    /// <summary>Reads on, as far as the text follows the grammar; no further once it has stopped following it.</summary>
    /// <returns>How many bytes do; fewer than there are if the text stops following it.</returns>
    public int Read(ReadOnlySpan<byte> text)
    {
        var current = Current;
        var count = 0;
        lock (_compiled.Lock)
        {
            for (; count < text.Length && !_hasFailed; count++)
            {
                _compiled.Automaton.BeginWork();
                var next = _compiled.Automaton.Find(current, text[count], ref _items);
                if (next.IsDead)
                {
                    _hasFailed = true;
                    break;
                }

                current = next;
            }
        }

        _current = current;
        Position += count;
        return count;
    }

    /// <summary>Whether a whole text is one of the grammar's.</summary>
    /// <example><code>
    /// var isAnswer = GrammarMatcher.IsMatch(Grammar.FromGbnf("root ::= \"yes\" | \"no\""), "yes");
    /// </code></example>
    public static bool IsMatch(Grammar grammar, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var matcher = new GrammarMatcher(grammar);
        var bytes = Encoding.UTF8.GetBytes(text);
        return matcher.Read(bytes) == bytes.Length && matcher.IsComplete;
    }

    private Configuration Start()
    {
        _items = _compiled.Items;
        lock (_compiled.Lock)
        {
            _compiled.Automaton.BeginWork();
            return _compiled.Automaton.Start(_compiled.Root);
        }
    }
}

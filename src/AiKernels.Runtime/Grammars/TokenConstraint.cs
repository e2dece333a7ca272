using System.Text;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Masks;
using AiKernels.Runtime.Grammars.Matching;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Grammars;

/// <summary>Follows the tokens of one text through a grammar, and tells which may come next. Not thread-safe; several may share a grammar.</summary>
internal sealed class TokenConstraint
{
    // As many bytes as are looked ahead for what is certain to follow.
    private const int MostForced = 256;

    private readonly Grammar _grammar;
    private readonly Tokenizer _tokenizer;
    private readonly GrammarMasks _masks;
    private readonly int[] _ends;
    private JsonItems? _items;
    private Configuration _current;

    public TokenConstraint(Grammar grammar, Tokenizer tokenizer)
    {
        (_grammar, _tokenizer) = (grammar, tokenizer);
        _items = grammar.NewItems();
        _ends = [.. tokenizer.Vocabulary.EndOfGeneration];
        lock (grammar.Lock)
        {
            grammar.Automaton.BeginWork();
            _masks = grammar.Masks(TokenVocabulary.Of(tokenizer));
            _current = grammar.Automaton.Start(grammar.Generated);
        }
    }

    /// <summary>Whether the text is whole, and nothing can follow.</summary>
    public bool IsFinished => _current.IsEnd;

    /// <summary>Whether the text may end here.</summary>
    public bool IsComplete => _current.IsComplete;

    /// <summary>The tokens that may come next, and perhaps a few that may not: <see cref="TryAdd"/> tells. Its caller's own.</summary>
    public TokenMask Mask()
    {
        var mask = new TokenMask(_tokenizer.VocabularySize);
        lock (_grammar.Lock)
        {
            mask.Add(_masks.Of(_current));
        }

        foreach (var end in _current.IsComplete ? _ends : [])
        {
            mask.Add(end);
        }

        return mask;
    }

    /// <summary>Appends a token, unless the text would stop following the grammar; one that ends the text changes nothing.</summary>
    public bool TryAdd(int token)
    {
        if (_tokenizer.IsEndOfGeneration(token) && _current.IsComplete)
        {
            return true;
        }

        lock (_grammar.Lock)
        {
            _grammar.Automaton.BeginWork();
            var items = _items?.Copy();
            var next = Find(token, items);
            if (next.IsDead)
            {
                return false;
            }

            (_current, _items) = (next, items);
            return true;
        }
    }

    /// <summary>
    /// Tokens that are certain to follow, since only their text can: as the tokenizer cuts that text, but for the last one, which
    /// might be the beginning of a longer one.
    /// </summary>
    public int[] Forced()
    {
        var bytes = new List<byte>();
        var current = _current;
        lock (_grammar.Lock)
        {
            _grammar.Automaton.BeginWork();
            while (bytes.Count < MostForced && _items is null && Only(current) is { } only)
            {
                bytes.Add(only);
                current = _grammar.Automaton.Find(current, only);
            }
        }

        if (bytes.Count == 0)
        {
            return [];
        }

        // Half a character has no tokens of its own, and some tokenizers put a space before a text.
        var tokens = _tokenizer.Encode(Encoding.UTF8.GetString([.. bytes]));
        var isSame = tokens.SelectMany(token => _tokenizer.Piece(token).ToArray()).SequenceEqual(bytes);
        return !isSame ? [] : current.IsEnd ? tokens : tokens[..^1];
    }

    /// <summary>The only byte that can follow, if there is only one, and the text can't end.</summary>
    private static byte? Only(Configuration configuration)
    {
        var first = default(ByteSet);
        foreach (var stack in configuration.Stacks)
        {
            if (stack.Top.HasFirstTokens)
            {
                return null;
            }

            first |= stack.Top.FirstBytes;
        }

        return !configuration.IsComplete && first.Count == 1 ? first.First : null;
    }

    /// <summary>Where a token leads: by its bytes, or for itself, or either.</summary>
    private Configuration Find(int token, JsonItems? items)
    {
        var automaton = _grammar.Automaton;
        var itself = automaton.Find(_current, Expression.FirstToken + token);
        if (_tokenizer.Vocabulary.Type(token) is not (TokenType.Normal or TokenType.UserDefined or TokenType.Byte))
        {
            return itself;
        }

        var spelt = _current;
        foreach (var value in _tokenizer.Piece(token))
        {
            spelt = automaton.Find(spelt, value, items);
        }

        return automaton.Either(itself, spelt);
    }
}

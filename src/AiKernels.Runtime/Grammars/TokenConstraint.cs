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

    private readonly CompiledGrammar _grammar;
    private readonly UniqueItemSearch _uniqueItems;
    private readonly Tokenizer _tokenizer;
    private readonly GrammarMasks _masks;
    private readonly int[] _ends;
    private JsonItems? _items;
    private Configuration _current;
    private long _workLeft = WorkBudget.OfChoice;

    public TokenConstraint(Grammar grammar, Tokenizer tokenizer)
    {
        (_grammar, _tokenizer) = (grammar.Compiled, tokenizer);
        _items = _grammar.Items;
        _uniqueItems = new UniqueItemSearch(_grammar.Automaton);
        _ends = [.. tokenizer.Vocabulary.EndOfGeneration];
        var vocabulary = TokenVocabulary.Of(tokenizer);
        lock (_grammar.Lock)
        {
            var root = _grammar.Generated;
            _grammar.Automaton.BeginWork();
            _masks = _grammar.Masks(vocabulary);
            _current = _grammar.Automaton.Start(root);
        }
    }

    /// <summary>Whether the text is whole, and nothing can follow.</summary>
    public bool IsFinished => _current.IsEnd;

    /// <summary>Whether the text may end here.</summary>
    public bool IsComplete => _current.IsComplete;

    /// <summary>
    /// The tokens that may come next, and perhaps some that may not: <see cref="TryAdd"/> tells. Its caller's own. All that is
    /// asked until the next token counts as one choice, which may take only so long.
    /// </summary>
    public TokenMask Mask()
    {
        var mask = new TokenMask(_tokenizer.VocabularySize);
        _workLeft = WorkBudget.OfChoice;
        Work(() =>
        {
            mask.Add(_masks.Of(_current));
            return true;
        });

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

        return Work(() =>
        {
            var items = _items;
            var next = Find(token, ref items);
            if (next.IsDead || (items is not null && !_uniqueItems.LeadsOn(next, items)))
            {
                return false;
            }

            (_current, _items) = (next, items);
            return true;
        });
    }

    /// <summary>Leaves tokens out of a mask that may not come next: worth it where many turned out to be none.</summary>
    public void Restrict(TokenMask mask)
    {
        var exact = new TokenMask(_tokenizer.VocabularySize);
        Work(() =>
        {
            exact.Add(_masks.Exactly(_current));
            return true;
        });
        foreach (var end in _ends)
        {
            exact.Add(end); // Of them it is known.
        }

        mask.Keep(exact);
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

    /// <summary>Does something under the lock, and under what is left of the choice's work.</summary>
    private bool Work(Func<bool> act)
    {
        lock (_grammar.Lock)
        {
            _grammar.Automaton.BeginWork(_workLeft);
            try
            {
                return act();
            }
            finally
            {
                _workLeft = _grammar.Automaton.Work.Left;
            }
        }
    }

    /// <summary>Where a token leads: by its bytes, or for itself, or either.</summary>
    private Configuration Find(int token, ref JsonItems? items)
    {
        var automaton = _grammar.Automaton;
        var itself = automaton.Find(_current, Expression.FirstToken + token);
        if (!TokenVocabulary.IsText(_tokenizer, token))
        {
            return itself;
        }

        var spelt = _current;
        foreach (var value in _tokenizer.Piece(token))
        {
            spelt = automaton.Find(spelt, value, ref items);
        }

        return automaton.Either(itself, spelt);
    }
}

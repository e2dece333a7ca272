using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Grammars.Gbnf;

/// <summary>Makes expressions of a grammar's rules.</summary>
/// <remarks>
/// Small rules are written out where they are used, so that fewer stacks are kept. Others are called, and so are all that
/// repeat many bytes, like the inside of a string: which tokens such a loop takes is found once and serves all its callers.
/// </remarks>
internal sealed class GbnfCompiler
{
    private const string Root = "root";
    private const int LargestWrittenOut = 64;

    private readonly string _source;
    private readonly Tokenizer? _tokenizer;
    private readonly ExpressionStore _store;
    private readonly Utf8Encoding _encoding;
    private readonly IReadOnlyDictionary<string, SyntaxNode> _rules;
    private readonly RuleFacts _facts;
    private readonly Dictionary<string, Expression> _uses = [];
    private readonly Dictionary<string, int> _sizes = [];

    private GbnfCompiler(string source, ExpressionStore store, Tokenizer? tokenizer)
    {
        (_source, _store, _tokenizer) = (source, store, tokenizer);
        _encoding = new Utf8Encoding(store);
        _rules = GbnfParser.Parse(source);
        CheckReferences();
        _facts = new RuleFacts(_rules);
    }

    /// <summary>The expression of a grammar's root.</summary>
    /// <param name="source">The grammar.</param>
    /// <param name="store">Makes expressions.</param>
    /// <param name="tokenizer">Knows tokens by their text; without one, a grammar can name them by number only.</param>
    /// <exception cref="GrammarException">The grammar can't be read, or can't be followed.</exception>
    public static Expression Compile(string source, ExpressionStore store, Tokenizer? tokenizer)
    {
        var compiler = new GbnfCompiler(source, store, tokenizer);
        if (!compiler._rules.ContainsKey(Root))
        {
            throw new GrammarException("the grammar has no rule root");
        }

        if (compiler._facts.LeftRecursive() is { } rule)
        {
            throw new GrammarException($"the rule {rule} begins with itself, so that no text would ever be read");
        }

        if (!compiler._facts.Productive.Contains(Root))
        {
            throw new GrammarException("no text belongs to the grammar: its root never comes to an end");
        }

        compiler.CompileRules();
        return compiler._uses[Root];
    }

    private void CheckReferences()
    {
        foreach (var reference in _rules.Values.SelectMany(References))
        {
            if (!_rules.ContainsKey(reference.Rule))
            {
                throw new GrammarException($"there is no rule {reference.Rule}", _source, reference.Position);
            }
        }
    }

    /// <summary>Those that need no rule which isn't finished first; what is left calls itself, or such rules.</summary>
    private void CompileRules()
    {
        var missing = _rules.ToDictionary(
            rule => rule.Key, rule => References(rule.Value).Select(reference => reference.Rule).ToHashSet());
        var users = missing.SelectMany(rule => rule.Value.Select(used => (used, rule.Key))).ToLookup(use => use.used, use => use.Key);
        Queue<string> ready = new(missing.Where(rule => rule.Value.Count == 0).Select(rule => rule.Key));
        while (ready.TryDequeue(out var name))
        {
            Finish(name);
            foreach (var user in users[name])
            {
                if (missing[user].Remove(name) && missing[user].Count == 0)
                {
                    ready.Enqueue(user);
                }
            }
        }

        Dictionary<string, Rule> recursive = [];
        foreach (var name in _rules.Keys.Where(name => !_uses.ContainsKey(name)))
        {
            recursive[name] = new Rule(name);
            _uses[name] = _facts.Productive.Contains(name) ? _store.Call(recursive[name]) : _store.Nothing;
        }

        foreach (var (name, rule) in recursive)
        {
            rule.Body = Compile(_rules[name]);
        }
    }

    private void Finish(string name)
    {
        var body = Compile(_rules[name]);
        _sizes[name] = Size(_rules[name]);
        var isWrittenOut = body.IsRegular && _sizes[name] <= LargestWrittenOut && !body.HasWideLoop;
        _uses[name] = isWrittenOut ? body : _store.Call(new Rule(name) { Body = body });
    }

    private Expression Compile(SyntaxNode node) => node switch
    {
        SyntaxNode.OneOf one => _encoding.Encode(one.Set),
        SyntaxNode.Sequence sequence => _store.Sequence([.. sequence.Items.Select(Compile)]),
        SyntaxNode.Choice choice => _store.Choice([.. choice.Items.Select(Compile)]),
        SyntaxNode.Repeat repeat => _store.Repeat(Compile(repeat.Item), repeat.Minimum, repeat.Maximum),
        SyntaxNode.Reference reference => _uses[reference.Rule],
        SyntaxNode.Token token => _store.Token(TokenOf(token), token.IsExcluded),
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private int TokenOf(SyntaxNode.Token token)
    {
        if (token.Id is { } id)
        {
            return _tokenizer is null || id < _tokenizer.VocabularySize ? id
                : throw new GrammarException($"the vocabulary has no token {id}", _source, token.Position);
        }

        return _tokenizer is null
            ? throw new GrammarException($"the token {token.Text} needs a model's vocabulary", _source, token.Position)
            : _tokenizer.Encode(token.Text, parseSpecial: true) is [var single] ? single
            : throw new GrammarException($"{token.Text} is not one token of the vocabulary", _source, token.Position);
    }

    /// <summary>How many nodes a rule has with those that were written out in it, or some more than that may be.</summary>
    private int Size(SyntaxNode node) => node switch
    {
        SyntaxNode.Sequence sequence => Total(sequence.Items),
        SyntaxNode.Choice choice => Total(choice.Items),
        SyntaxNode.Repeat repeat => 1 + Size(repeat.Item),
        SyntaxNode.Reference reference => _sizes[reference.Rule],
        _ => 1,
    };

    private int Total(IReadOnlyList<SyntaxNode> items)
    {
        var size = 1;
        foreach (var item in items)
        {
            size = Math.Min(size + Size(item), LargestWrittenOut + 1);
        }

        return size;
    }

    private static IEnumerable<SyntaxNode.Reference> References(SyntaxNode node) => node switch
    {
        SyntaxNode.Reference reference => [reference],
        SyntaxNode.Sequence sequence => sequence.Items.SelectMany(References),
        SyntaxNode.Choice choice => choice.Items.SelectMany(References),
        SyntaxNode.Repeat repeat => References(repeat.Item),
        _ => [],
    };
}

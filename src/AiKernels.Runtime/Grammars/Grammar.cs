using System.Runtime.CompilerServices;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Gbnf;
using AiKernels.Runtime.Grammars.Masks;
using AiKernels.Runtime.Grammars.Matching;
using AiKernels.Runtime.Grammars.Regex;
using AiKernels.Runtime.Grammars.Schemas;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Grammars;

/// <summary>A set of texts, to which what a model generates can be constrained.</summary>
/// <remarks>Thread-safe. What matching finds out about a grammar is kept in it: make it once and use it often.</remarks>
public sealed class Grammar
{
    private readonly ConditionalWeakTable<TokenVocabulary, GrammarMasks> _masks = [];

    private Grammar(GrammarSource source, Expression root, Expression? generated = null)
    {
        Source = source;
        Root = root;
        Generated = generated ?? root;
    }

    /// <summary>What it was made from.</summary>
    public GrammarSource Source { get; }

    /// <summary>All texts of the grammar.</summary>
    internal Expression Root { get; }

    /// <summary>The texts of the grammar that are generated: those of JSON without spaces around them.</summary>
    internal Expression Generated { get; }

    /// <summary>Whether arrays of its JSON have items that must differ, for which a text's <see cref="JsonItems"/> are needed.</summary>
    internal bool HasUniqueItems { get; private init; }

    /// <summary>What reads a text's JSON where <see cref="HasUniqueItems"/>; null where nobody needs to.</summary>
    internal JsonItems? NewItems() => HasUniqueItems ? new JsonItems(isWithinText: Source.Kind == GrammarKind.Tools) : null;

    /// <summary>Follows texts. To be used under <see cref="Lock"/>.</summary>
    internal PushdownAutomaton Automaton { get; } = new();

    /// <summary>Held by whoever follows a text.</summary>
    internal Lock Lock { get; } = new();

    /// <summary>Which tokens of a vocabulary it takes. To be used under <see cref="Lock"/>.</summary>
    internal GrammarMasks Masks(TokenVocabulary vocabulary) => _masks.GetValue(vocabulary, made => new GrammarMasks(this, made));

    /// <summary>The grammar that was made from a text.</summary>
    /// <param name="source">The text.</param>
    /// <param name="tokenizer">Finds tokens by their text, where a grammar in GBNF asks for one.</param>
    /// <exception cref="GrammarException">It can't be read.</exception>
    public static Grammar From(GrammarSource source, Tokenizer? tokenizer = null) => source.Kind switch
    {
        GrammarKind.Gbnf => FromGbnf(source.Text, tokenizer),
        GrammarKind.JsonSchema => FromJsonSchema(source.Text, source.Options),
        GrammarKind.Regex => FromRegex(source.Text),
        GrammarKind.Tools => ToolGrammar.From(source.Text, tokenizer),
        _ => throw new GrammarException($"{source.Kind} is no way to write a grammar"),
    };

    /// <summary>The texts of a grammar in GBNF: what its rule <c>root</c> stands for.</summary>
    /// <param name="source">The grammar. Its format is that of llama.cpp's <c>grammars/README.md</c>.</param>
    /// <param name="tokenizer">Finds tokens by their text, where the grammar asks for one as <c>&lt;name&gt;</c>.</param>
    /// <exception cref="GrammarException">The grammar can't be read, begins a rule with itself, or has no text.</exception>
    /// <example><code>
    /// var grammar = Grammar.FromGbnf("root ::= \"yes\" | \"no\"");
    /// </code></example>
    public static Grammar FromGbnf(string source, Tokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var store = new ExpressionStore();
        return new Grammar(new(GrammarKind.Gbnf, source), GbnfCompiler.Compile(source, store, tokenizer));
    }

    /// <summary>JSON texts of any value.</summary>
    /// <param name="whitespace">What stands between values.</param>
    public static Grammar Json(JsonWhitespace whitespace = JsonWhitespace.Free) =>
        FromJsonSchema("true", new JsonSchemaOptions { Whitespace = whitespace });

    /// <summary>JSON texts of the values that a schema takes.</summary>
    /// <param name="schema">The schema: JSON Schema, draft 2020-12, with what earlier drafts called differently.</param>
    /// <param name="options">How the JSON is written.</param>
    /// <remarks>
    /// Properties that the schema lists come in the order of the list. Names that it doesn't list may stand between them,
    /// unless it has <c>additionalProperties: false</c>. <c>unevaluatedProperties</c>, <c>unevaluatedItems</c> and
    /// <c>$dynamicRef</c> are refused, and so are references to other documents.
    /// </remarks>
    /// <exception cref="GrammarException">The schema can't be read, uses what isn't supported, or takes no value.</exception>
    /// <example><code>
    /// var person = Grammar.FromJsonSchema("""
    ///     { "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] }
    ///     """);
    /// </code></example>
    public static Grammar FromJsonSchema(string schema, JsonSchemaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        options ??= new JsonSchemaOptions();
        var (value, space, hasUniqueItems) = JsonSchemaCompiler.Compile(schema, options);
        var root = value.Store.Sequence(space, value, space);
        return new Grammar(new(GrammarKind.JsonSchema, schema) { Options = options }, root, value) { HasUniqueItems = hasUniqueItems };
    }

    /// <summary>The texts that a regular expression matches from end to end.</summary>
    /// <param name="pattern">The expression, as JavaScript writes it with the flag u (ECMA-262).</param>
    /// <exception cref="GrammarException">
    /// It can't be read, has no text, or uses references to groups, word boundaries, or looks behind.
    /// </exception>
    /// <example><code>
    /// var date = Grammar.FromRegex(@"\d{4}-\d{2}-\d{2}");
    /// </code></example>
    public static Grammar FromRegex(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var store = new ExpressionStore();
        var root = new RegexCompiler(store, new Utf8Encoding(store)).Whole(pattern);
        return root.IsNothing ? throw new GrammarException("no text matches the expression") : new Grammar(new(GrammarKind.Regex, pattern), root);
    }

    /// <summary>The texts of an expression in which tools are called.</summary>
    internal static Grammar OfTools(string source, Expression root, bool hasUniqueItems) =>
        new(new(GrammarKind.Tools, source), root) { HasUniqueItems = hasUniqueItems };
}

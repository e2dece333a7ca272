using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Gbnf;
using AiKernels.Runtime.Grammars.Matching;
using AiKernels.Runtime.Grammars.Regex;
using AiKernels.Runtime.Grammars.Schemas;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Grammars;

/// <summary>A set of texts, to which what a model generates can be constrained.</summary>
/// <remarks>Thread-safe. What matching finds out about a grammar is kept in it: make it once and use it often.</remarks>
public sealed class Grammar
{
    private Grammar(ExpressionStore store, Expression root)
    {
        Automaton = new PushdownAutomaton();
        Store = store;
        Root = root;
    }

    /// <summary>Where expressions are made. To be used under <see cref="Lock"/>.</summary>
    internal ExpressionStore Store { get; }

    /// <summary>All texts of the grammar.</summary>
    internal Expression Root { get; }

    /// <summary>Follows texts. To be used under <see cref="Lock"/>.</summary>
    internal PushdownAutomaton Automaton { get; }

    /// <summary>Held by whoever follows a text.</summary>
    internal Lock Lock { get; } = new();

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
        return new Grammar(store, GbnfCompiler.Compile(source, store, tokenizer));
    }

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
        var store = new ExpressionStore();
        return new Grammar(store, JsonSchemaCompiler.Compile(schema, store, options ?? new()));
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
        return root.IsNothing ? throw new GrammarException("no text matches the expression") : new Grammar(store, root);
    }
}

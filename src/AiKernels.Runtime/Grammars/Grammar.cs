using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Gbnf;
using AiKernels.Runtime.Grammars.Matching;
using AiKernels.Runtime.Grammars.Regex;
using AiKernels.Runtime.Grammars.Schemas;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Grammars;

/// <summary>A set of texts, to which what a model generates can be constrained.</summary>
/// <example>
/// <code>
/// var yesOrNo = Grammar.FromRegex("yes|no");
/// var generation = engine.Submit("Is a llama a fish? ", new GenerationOptions { Grammar = yesOrNo });
/// </code>
/// </example>
/// <remarks>Thread-safe. What matching finds out about a grammar is kept in it: make it once and use it often.</remarks>
public sealed class Grammar
{
    private readonly Func<CompiledGrammar> _compile;
    private readonly Lock _lock = new();
    private CompiledGrammar _compiled;

    private Grammar(GrammarSource source, Func<CompiledGrammar> compile)
    {
        Source = source;
        _compile = compile;
        _compiled = compile();
    }

    /// <summary>What it was made from.</summary>
    public GrammarSource Source { get; }

    /// <summary>What a new text is matched by; made anew when it is worn.</summary>
    internal CompiledGrammar Compiled
    {
        get
        {
            lock (_lock)
            {
                return _compiled = _compiled.IsWorn ? _compile() : _compiled;
            }
        }
    }

    /// <summary>The grammar that was made from a text.</summary>
    /// <param name="source">The text.</param>
    /// <param name="tokenizer">Finds tokens by their text, where a grammar in GBNF asks for one.</param>
    /// <exception cref="GrammarException">It can't be read.</exception>
    public static Grammar From(GrammarSource source, Tokenizer? tokenizer = null) => (source ?? throw new ArgumentNullException(nameof(source))).Kind switch
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
        return new Grammar(new(GrammarKind.Gbnf, source), () => new CompiledGrammar(GbnfCompiler.Compile(source, new ExpressionStore(), tokenizer)));
    }

    /// <summary>JSON texts of any value.</summary>
    /// <param name="whitespace">What stands between values.</param>
    /// <example><code>var json = Grammar.Json(JsonWhitespace.OneSpace);</code></example>
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
        return new Grammar(new(GrammarKind.JsonSchema, schema) { Options = options }, () => Compile(schema, options));
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
        return new Grammar(new(GrammarKind.Regex, pattern), () => new CompiledGrammar(Regex(pattern, new ExpressionStore())));
    }

    /// <summary>The texts in which tools are called.</summary>
    /// <param name="source">What they were made from.</param>
    /// <param name="compile">Makes the texts, and says whether some of their JSON has arrays whose items must differ.</param>
    internal static Grammar OfTools(string source, Func<(Expression Root, bool HasUniqueItems)> compile) => new(
        new(GrammarKind.Tools, source),
        () => compile() is var (root, hasUniqueItems)
            ? new CompiledGrammar(root) { Items = hasUniqueItems ? new JsonItems(isWithinText: true) : null }
            : throw new InvalidOperationException());

    /// <summary>The texts that a regular expression matches from end to end.</summary>
    internal static Expression Regex(string pattern, ExpressionStore store) =>
        new RegexCompiler(store, new Utf8Encoding(store)).Whole(pattern) is { IsNothing: false } root
            ? root : throw new GrammarException("no text matches the expression");

    private static CompiledGrammar Compile(string schema, JsonSchemaOptions options)
    {
        var (value, space, hasUniqueItems) = JsonSchemaCompiler.Compile(schema, options, new ExpressionStore());
        var store = value.Store;
        return new(store.Sequence(space, value, space), () => JsonSchemaCompiler.Compile(schema, options, store, isGenerated: true).Value)
        {
            Items = hasUniqueItems ? new JsonItems(isWithinText: false) : null,
        };
    }
}

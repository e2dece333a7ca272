using System.Text.Json;
using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Regex;

namespace AiKernels.Runtime.Grammars.Schemas;

/// <summary>What schemas say of strings: the texts between their quotes.</summary>
internal sealed class StringSchema : ScalarSchema
{
    private readonly ICharacterEncoding _encoding;
    private readonly Expression _character;
    private readonly RegexCompiler _patterns;
    private readonly StringFormats _formats;

    /// <param name="store">Makes expressions.</param>
    /// <param name="document">The document that the schemas are of.</param>
    /// <param name="encoding">How strings are written.</param>
    /// <param name="dotNetTimes">See <see cref="JsonSchemaOptions.DotNetTimes"/>.</param>
    public StringSchema(ExpressionStore store, SchemaDocument document, ICharacterEncoding encoding, bool dotNetTimes)
        : base(store, document)
    {
        _encoding = encoding;
        _character = _encoding.Encode(CodePointSet.All);
        _patterns = new RegexCompiler(store, _encoding);
        _formats = new StringFormats(store, _encoding, dotNetTimes);
        Universe = store.Repeat(_character, 0, null);
    }

    protected override Expression Universe { get; }

    /// <summary>One string.</summary>
    public Expression Text(string text) =>
        Store.Sequence([.. text.EnumerateRunes().Select(rune => _encoding.Encode(CodePointSet.Of((rune.Value, rune.Value))))]);

    /// <summary>Strings in which a pattern has a match.</summary>
    public Expression Matching(SchemaNode node, string pattern)
    {
        try
        {
            return _patterns.Search(pattern);
        }
        catch (GrammarException fault)
        {
            throw node.Fault($"has the pattern {pattern}: {fault.Message}");
        }
    }

    protected override Expression? OfType(string type) => type == "string" ? Universe : null;

    protected override Expression? OfConstant(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? Text(value.GetString()!) : null;

    protected override IEnumerable<Expression> OfKeywords(SchemaNode node)
    {
        var (minimum, maximum) = (node.Count("minLength"), node.Count("maxLength"));
        if (minimum is not null || maximum is not null)
        {
            yield return Store.Repeat(_character, minimum ?? 0, maximum);
        }

        if (node["pattern"] is { } pattern)
        {
            yield return pattern.ValueKind == JsonValueKind.String
                ? Matching(node, pattern.GetString()!)
                : throw node.Fault("has a pattern that is no string");
        }

        if (node["format"] is { ValueKind: JsonValueKind.String } format && _formats.Of(format.GetString()!) is { } texts)
        {
            yield return texts;
        }
    }
}

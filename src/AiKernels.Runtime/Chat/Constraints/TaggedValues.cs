using System.Text;
using AiKernels.Runtime.Chat.Reading;
using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>
/// Makes expressions of values between tags. What isn't a string is written as JSON, a string as it is: so it mustn't be one that
/// <see cref="ParameterValue"/> takes for something else.
/// </summary>
internal sealed class TaggedValues(
    CallExpressions calls, SchemaDocument document, SchemaValues values, ParameterSchemas schemas, CallPiece.Parameters tags)
{
    // As long as APIs allow.
    private const int LongestOtherName = 64;

    private readonly StringSchema _strings = new(calls.Store, document, new Utf8Encoding(calls.Store), calls.Json.DotNetTimes);
    private readonly Expression _untagged = calls.Without([tags.Close]);
    private readonly Dictionary<JsonKinds, Expression> _mistakable = [];

    private ExpressionStore Store => calls.Store;

    /// <summary>The values of a parameter; made once all of them were asked for.</summary>
    public Func<Expression> Of(string name) => Of(schemas.Of(name));

    /// <summary>The values of parameters that aren't listed.</summary>
    public Func<Expression> OfOthers() => Of(schemas.OfOthers);

    /// <summary>A name, if it can stand between tags.</summary>
    public Expression? Name(string name) =>
        name.Contains(tags.NameEnd, StringComparison.Ordinal) || name.Trim(Markup.Spaces.ToCharArray()) != name || name.Length is 0 or > Markup.LongestName
            ? null : calls.Text(name);

    /// <summary>Names like those of tools, but for those that are listed.</summary>
    public Expression OtherName(IEnumerable<string> listed)
    {
        var others = CodePointSet.Of((0, ' '), ('"', '"'), ('<', '<'), ('>', '>'), ('[', '['), (']', ']'), ('{', '{'), ('}', '}'), (0x7F, 0xA0)).Complement();
        var name = Store.Repeat(new Utf8Encoding(Store).Encode(others), 1, LongestOtherName);
        return Store.Both(name, Store.Not(AnyOf(listed)));
    }

    private Func<Expression> Of(IReadOnlyList<SchemaNode> nodes)
    {
        SchemaLiteral[] literals = [.. nodes.Select(node => new SchemaLiteral(node, true))];
        var kinds = schemas.KindsOf(nodes);
        if (kinds == JsonKinds.String)
        {
            return () => Strings(literals, kinds);
        }

        var others = values.Of([.. literals, new(document.Beside("""{"type":"string"}"""), false)]);
        return () => Store.Choice(Strings(literals, kinds), Store.Json(others.Expression), Words(others.Expression));
    }

    private Expression Strings(SchemaLiteral[] literals, JsonKinds kinds)
    {
        if ((kinds & JsonKinds.String) == 0)
        {
            return Store.Nothing;
        }

        var text = Store.Both(_strings.Of(literals), _untagged);
        return kinds == JsonKinds.String ? text : Store.Both(text, Store.Not(Mistakable(kinds)));
    }

    /// <summary>Texts that are read as JSON of some kinds, and some more: not all that stands between brackets is JSON.</summary>
    private Expression Mistakable(JsonKinds kinds)
    {
        if (!_mistakable.TryGetValue(kinds, out var texts))
        {
            (JsonKinds Kind, Expression Text)[] all =
            [
                (JsonKinds.Number, JsonNumber.Any(Store)),
                (JsonKinds.Boolean, AnyOf("true", "false", "True", "False")),
                (JsonKinds.Null, AnyOf("null", "None")),
                (JsonKinds.Array, Store.Sequence(calls.Text("["), Store.Anything, calls.Text("]"))),
                (JsonKinds.Object, Store.Sequence(calls.Text("{"), Store.Anything, calls.Text("}"))),
            ];
            var read = Store.Choice([.. all.Where(one => (kinds & one.Kind) != 0).Select(one => one.Text)]);
            _mistakable[kinds] = texts = Store.Sequence(calls.AnySpace, read, calls.AnySpace);
        }

        return texts;
    }

    private Expression AnyOf(params IEnumerable<string> words) => Store.Choice([.. words.Select(calls.Text)]);

    /// <summary>How Python writes what isn't a string, where templates show a model that.</summary>
    private Expression Words(Expression json)
    {
        (string Json, string Python)[] words = tags.IsPythonic ? [("true", "True"), ("false", "False"), ("null", "None")] : [];
        return AnyOf(words.Where(word => Takes(json, word.Json)).Select(word => word.Python));
    }

    private static bool Takes(Expression json, string word) =>
        Encoding.ASCII.GetBytes(word).Aggregate(json, (left, value) => left.After(value)).IsNullable;
}

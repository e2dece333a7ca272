using System.Text.Json.Nodes;
using AiKernels.Runtime.Grammars;
using Xunit;

namespace AiKernels.Runtime.Tests.Grammars;

/// <summary>Random schemas, of all keywords at once and in each other, take the values that a validator takes.</summary>
public sealed class SchemaPropertyTests
{
    private static readonly string[] Names = ["a", "b", "c", "dd"], Types = ["null", "boolean", "integer", "number", "string", "array", "object"],
        Patterns = ["^a", "b$", "a|b", "^[ab]*$", "^.$", "d", "^(a|b)$", "^(?!a)", "^a{1,2}$", "[^a]"];

    private static readonly string[] Scalars =
        ["null", "true", "false", "0", "1", "2", "3", "-1", "1.5", "10", "12", "0.5", "-2.5", "\"\"", "\"a\"", "\"b\"", "\"ab\"", "\"dd\"", "\"aaa\"", "\"é\"", "\"語\"", "\"1\""];

    [Fact]
    public void Random_schemas_take_the_values_that_they_should()
    {
        var (taken, refused) = (0, 0);
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var schema = new JsonObject
            {
                ["allOf"] = new JsonArray(Schema(random, 0)),
                ["$defs"] = new JsonObject { ["x"] = WithoutReferences(Schema(random, 1)), ["y"] = WithoutReferences(Schema(random, 1)) },
            };
            var text = schema.ToJsonString();
            if (TryRead(text) is not { } grammar)
            {
                refused++;
                continue;
            }

            for (var i = 0; i < 20; i++)
            {
                var value = Value(random, 0)?.ToJsonString() ?? "null";
                var isValid = SchemaValidator.IsValid(text, value);
                Assert.True(isValid == GrammarMatcher.IsMatch(grammar, value), $"seed {seed}: {text} is {(isValid ? "" : "not ")}fulfilled by {value}");
                taken += isValid ? 1 : 0;
            }
        }

        Assert.True(taken > 10_000 && refused < 600, $"{taken} taken, {refused} refused");
    }

    /// <summary>The grammar; null where there is no value, or something isn't supported that is said to be.</summary>
    private static Grammar? TryRead(string schema)
    {
        try
        {
            return Grammar.FromJsonSchema(schema);
        }
        catch (GrammarException fault)
        {
            string[] reasons = ["takes no value", "uniqueItems where it must not hold", "alternatives in too many ways", "takes too long to read"];
            Assert.Contains(reasons, reason => fault.Message.Contains(reason, StringComparison.Ordinal));
            return null;
        }
    }

    /// <summary>A schema without what refers to others: nobody can tell what schemas say that refer to each other.</summary>
    private static JsonNode WithoutReferences(JsonNode schema) => JsonNode.Parse(schema.ToJsonString().Replace("$ref", "title"))!;

    private static T Any<T>(Random random, params T[] items) => items[random.Next(items.Length)];

    private static string[] Some(Random random) => [.. Names.Where(_ => random.Next(2) == 0)];

    // Properties come in the order of their names, in which schemas list them, too.
    private static JsonNode? Value(Random random, int depth) => (depth >= 3 ? 0 : random.Next(20)) switch
    {
        < 9 => JsonNode.Parse(Any(random, Scalars)),
        < 14 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1))]),
        _ => new JsonObject(Some(random).Select(name => KeyValuePair.Create(name, Value(random, depth + 1)))),
    };

    private static JsonNode Schema(Random random, int depth)
    {
        if (random.Next(16) == 0 || depth > 3)
        {
            return JsonValue.Create(random.Next(6) != 0);
        }

        var schema = new JsonObject();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var (keyword, said) = Keyword(random, depth + 1);
            schema[keyword] = said;
        }

        if (schema.ContainsKey("items") && (schema.ContainsKey("minItems") || schema.ContainsKey("maxItems")))
        {
            schema["type"] ??= "array"; // As it is read, and as the specification doesn't say.
        }

        return schema;
    }

    private static (string Keyword, JsonNode? Said) Keyword(Random random, int depth)
    {
        JsonNode? Text(string json) => JsonNode.Parse(json);
        JsonArray Schemas() => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Schema(random, depth))];
        JsonObject Named(IEnumerable<string> names) => new(names.Select(name => KeyValuePair.Create(name, (JsonNode?)Schema(random, depth))));
        JsonArray Strings(IEnumerable<string> strings) => [.. strings.Select(name => (JsonNode?)name)];
        return random.Next(36) switch
        {
            < 4 => ("type", (JsonNode)Any(random, Types)),
            4 => ("type", Strings(Types.Where(_ => random.Next(3) == 0).Append("object").Distinct())),
            5 => ("const", Value(random, 1)),
            < 8 => ("enum", new JsonArray([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Value(random, 1)).DistinctBy(value => value?.ToJsonString())])),
            8 => ("minimum", Text(Any(random, ["-2", "0", "1", "1.5", "2"]))),
            9 => ("exclusiveMinimum", Text(Any(random, ["-2", "0", "1", "1.5"]))),
            10 => (Any(random, ["maximum", "exclusiveMaximum"]), Text(Any(random, ["-2", "0", "1.5", "2", "10"]))),
            11 => ("multipleOf", Text(Any(random, ["1", "2", "3", "0.5", "5", "1.5"]))),
            12 => (Any(random, ["minLength", "maxLength", "minItems", "minProperties", "maxProperties"]), random.Next(4)),
            13 => ("maxItems", random.Next(5)),
            14 => ("pattern", Any(random, Patterns)),
            < 18 => ("properties", Named(Some(random))),
            18 => ("additionalProperties", random.Next(2) == 0 ? false : Schema(random, depth)),
            19 => ("patternProperties", Named([Any(random, Patterns)])),
            < 22 => ("required", Strings(Some(random))),
            22 => ("propertyNames", Schema(random, depth + 1)),
            23 => ("dependentRequired", new JsonObject { [Any(random, Names)] = Strings(Some(random)) }),
            24 => ("dependentSchemas", Named([Any(random, Names)])),
            25 => ("items", Schema(random, depth)),
            26 => ("prefixItems", Schemas()),
            27 => ("contains", Schema(random, depth)),
            28 => ("uniqueItems", true),
            29 => ("allOf", Schemas()),
            30 => ("anyOf", Schemas()),
            < 33 => ("oneOf", Schemas()),
            33 => ("not", Schema(random, depth)),
            34 => (Any(random, ["if", "then", "else"]), Schema(random, depth)),
            _ => ("$ref", Any(random, ["#/$defs/x", "#/$defs/y"])),
        };
    }
}

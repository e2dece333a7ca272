using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Grammars;

/// <summary>A schema of the JSON Schema test suite, and whether it takes some values, as JSON in several layouts.</summary>
internal sealed record JsonSchemaSuite(string Keyword, string Name, string Schema, (string Name, string[] Texts, bool IsValid)[] Tests)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Formats that are kept to; the suite for those of draft 2020-12 takes any string, since it takes them as remarks.</summary>
    private static readonly string[] Formats = ["date", "time", "date-time", "duration", "ipv4", "uuid"];

    /// <summary>All that is required of readers of draft 2020-12, but for formats as remarks.</summary>
    public static IEnumerable<JsonSchemaSuite> Required() =>
        Directory.GetFiles(TestData.Path("json_schema/suite/tests/draft2020-12"), "*.json").Order()
            .SelectMany(Read)
            .Where(group => group.Keyword != "format" || !Formats.Any(format => group.Name == $"{format} format"));

    /// <summary>What the formats are that are kept to.</summary>
    public static IEnumerable<JsonSchemaSuite> OfFormats() =>
        Formats.SelectMany(format => Read(TestData.Path($"json_schema/suite/tests/draft2020-12/optional/format/{format}.json")));

    private static IEnumerable<JsonSchemaSuite> Read(string file)
    {
        foreach (var group in JsonNode.Parse(File.ReadAllText(file))!.AsArray())
        {
            yield return new(
                Path.GetFileNameWithoutExtension(file),
                group!["description"]!.GetValue<string>(),
                group["schema"]!.ToJsonString(),
                [.. group["tests"]!.AsArray().Select(test => (
                    test!["description"]!.GetValue<string>(), Layouts(test["data"]), test["valid"]!.GetValue<bool>()))]);
        }
    }

    private static string[] Layouts(JsonNode? value) =>
        value is null ? ["null"] : [value.ToJsonString(), value.ToJsonString(Indented), $" {value.ToJsonString(Indented)}\n"];
}

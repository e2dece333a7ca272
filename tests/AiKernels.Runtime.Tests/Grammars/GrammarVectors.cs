using System.Text.Json;
using AiKernels.Tests.Shared;

namespace AiKernels.Runtime.Tests.Grammars;

/// <summary>A grammar or schema with texts that belong to it and texts that don't, as llama.cpp tests them.</summary>
internal sealed record GrammarVector(string Name, string Kind, string Source, string[] Passing, string[] Failing)
{
    /// <summary>Those of a kind: <c>grammar</c> or <c>schema</c>.</summary>
    public static IReadOnlyList<GrammarVector> OfKind(string kind)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Path("grammars/llama.cpp_grammar_integration.json")));
        return [.. document.RootElement.EnumerateArray().Select(Read).Where(vector => vector.Kind == kind)];
    }

    private static GrammarVector Read(JsonElement element) => new(
        element.GetProperty("name").GetString()!,
        element.GetProperty("kind").GetString()!,
        element.GetProperty("source").GetString()!,
        Strings(element.GetProperty("passing")),
        Strings(element.GetProperty("failing")));

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Templates.Sources;

/// <summary>
/// Templates in a folder of Hugging Face's: <c>chat_template.jinja</c> and <c>additional_chat_templates/NAME.jinja</c>; where
/// one isn't there, <c>chat_template</c> in <c>tokenizer_config.json</c>, a text or a list of names and texts.
/// </summary>
internal static class FolderTemplates
{
    private const string Configuration = "tokenizer_config.json";
    private const string TokenEnding = "_token";
    private const string OtherTokens = "additional_special_tokens";
    private const long LongestFile = 64L << 20;

    public static ChatTemplates Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"there is no folder '{folder}'");
        }

        var configuration = ReadConfiguration(Path.Combine(folder, Configuration));
        return new ChatTemplates([.. FromFiles(folder), .. FromConfiguration(configuration)], Tokens(configuration));
    }

    private static IEnumerable<(string Name, Func<ChatTemplate> Parse)> FromFiles(string folder)
    {
        var main = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(main))
        {
            yield return Template(ChatTemplates.DefaultName, ReadText(main), Path.GetFileName(main));
        }

        var others = Path.Combine(folder, "additional_chat_templates");
        string[] paths = Directory.Exists(others) ? Directory.GetFiles(others, "*.jinja") : [];
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            yield return Template(Path.GetFileNameWithoutExtension(path), ReadText(path), Path.GetFileName(path));
        }
    }

    private static IEnumerable<(string Name, Func<ChatTemplate> Parse)> FromConfiguration(JsonObject configuration)
    {
        switch (configuration["chat_template"])
        {
            case JsonValue value when value.TryGetValue<string>(out var source):
                yield return Template(ChatTemplates.DefaultName, source, Configuration);
                break;
            case JsonArray several:
                foreach (var entry in several.OfType<JsonObject>())
                {
                    if (Text(entry["name"]) is { } name && Text(entry["template"]) is { } template)
                    {
                        yield return Template(name, template, $"{Configuration}: {name}");
                    }
                }

                break;
        }
    }

    private static (string, Func<ChatTemplate>) Template(string name, string source, string place) =>
        (name, () => ChatTemplate.Parse(source, place));

    private static JsonObject Tokens(JsonObject configuration)
    {
        var tokens = new JsonObject();
        foreach (var (name, value) in configuration)
        {
            if (name.EndsWith(TokenEnding, StringComparison.Ordinal) && TokenText(value) is { } text)
            {
                tokens[name] = text;
            }
            else if (name == OtherTokens && value is JsonArray others)
            {
                tokens[name] = new JsonArray([.. others.Select(TokenText).OfType<string>().Select(other => JsonValue.Create(other))]);
            }
        }

        return tokens;
    }

    // A token is a text, or an object with the text and how it is cut.
    private static string? TokenText(JsonNode? token) => token is JsonObject described ? Text(described["content"]) : Text(token);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonObject ReadConfiguration(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            var document = JsonNode.Parse(ReadText(path)) as JsonObject ?? throw new InvalidDataException($"{path} holds no JSON object");
            _ = document.Count; // Tells whether a name comes twice.
            return document;
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is no valid JSON: {Printable.Text(failure.Message, 200)}", failure);
        }
    }

    private static string ReadText(string path)
    {
        var file = RegularFile.Find(path, out _);
        if (new FileInfo(file).Length > LongestFile)
        {
            throw new InvalidDataException($"{path} is longer than the {LongestFile >> 20} MB that are allowed");
        }

        try
        {
            using var reader = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException failure)
        {
            throw new InvalidDataException($"{path} is no UTF-8 text", failure);
        }
    }
}

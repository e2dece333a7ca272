using System.Text;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Templates.Sources;

/// <summary>Templates in a GGUF file: <c>tokenizer.chat_template</c>, and <c>tokenizer.chat_template.NAME</c> for others.</summary>
internal static class GgufTemplates
{
    private const string Key = "tokenizer.chat_template";
    private const int BytesPerCharacter = 4;

    private static readonly (string Variable, string Key)[] TokenKeys =
    [
        ("bos_token", GgufVocabulary.BosKey), ("eos_token", GgufVocabulary.EosKey),
        ("unk_token", GgufVocabulary.UnknownKey), ("pad_token", GgufVocabulary.PaddingKey),
    ];

    /// <summary>The templates, with texts of tokens from the metadata.</summary>
    public static ChatTemplates Read(GgufMetadata metadata)
    {
        var texts = metadata.Contains(GgufVocabulary.TokensKey) ? metadata.GetUtf8Texts(GgufVocabulary.TokensKey) : null;
        return Read(metadata, TokenKeys.Select(token => (token.Variable, TextUnder(token.Key))));

        string? TextUnder(string key) =>
            texts is not null && metadata.TryGetInteger(key, out var id) && id < texts.Count ? Text(texts, (int)id) : null;
    }

    /// <summary>The templates, with texts of tokens from a vocabulary.</summary>
    public static ChatTemplates Read(GgufMetadata metadata, Vocabulary? vocabulary) => Read(metadata, vocabulary is null ? [] :
    [
        ("bos_token", Text(vocabulary, vocabulary.Bos)), ("eos_token", Text(vocabulary, vocabulary.Eos)),
        ("unk_token", Text(vocabulary, vocabulary.Unknown)), ("pad_token", Text(vocabulary, vocabulary.Padding)),
    ]);

    private static ChatTemplates Read(GgufMetadata metadata, IEnumerable<(string Variable, string? Text)> tokens)
    {
        var variables = new JsonObject();
        foreach (var (variable, text) in tokens)
        {
            if (text is not null)
            {
                variables[variable] = text;
            }
        }

        return new ChatTemplates(Templates(metadata), variables);
    }

    private static IEnumerable<(string Name, Func<ChatTemplate> Parse)> Templates(GgufMetadata metadata)
    {
        foreach (var entry in metadata.Entries)
        {
            if (entry.Type != GgufValueType.String || !entry.Key.StartsWith(Key, StringComparison.Ordinal))
            {
                continue;
            }

            if (entry.Key.Length == Key.Length)
            {
                yield return (ChatTemplates.DefaultName, Parser(metadata, entry.Key));
            }
            else if (entry.Key[Key.Length] == '.')
            {
                yield return (entry.Key[(Key.Length + 1)..], Parser(metadata, entry.Key));
            }
        }
    }

    // What can't be a template anyway is not kept.
    private static Func<ChatTemplate> Parser(GgufMetadata metadata, string key)
    {
        if (metadata.GetStringLength(key) > ChatTemplate.LongestSource * BytesPerCharacter)
        {
            return () => throw new TemplateException("the template is longer than any that is allowed", key, 0, 0);
        }

        var source = metadata.GetString(key);
        return () => ChatTemplate.Parse(source, key);
    }

    private static string? Text(Vocabulary vocabulary, int? id) => id is { } token ? Text(vocabulary.TokenTexts, token) : null;

    private static string? Text(Utf8Texts texts, int id) =>
        (uint)id < (uint)texts.Count ? Encoding.UTF8.GetString(texts[id]) : null;
}

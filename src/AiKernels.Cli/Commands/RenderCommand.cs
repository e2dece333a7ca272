using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Cli.Terminal;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Templates;

namespace AiKernels.Cli.Commands;

/// <summary><c>render</c>: the prompt that a chat template makes of a conversation.</summary>
internal static class RenderCommand
{
    private static readonly string[] TemplateEndings = [".jinja", ".jinja2", ".j2"];

    public static Command Create()
    {
        var source = new Argument<string>("SOURCE")
        {
            Description = $"A GGUF file, 'demo', a folder in Hugging Face's form, or a template ({string.Join(", ", TemplateEndings)}).",
        };
        var context = new Argument<string>("CONTEXT")
        {
            Description = "A JSON file with what the template reads: messages, and tools, add_generation_prompt and so on.",
        };
        var template = new Option<string?>("--template")
        {
            Description = "The template of a model that brings several, or a built-in one: "
                + $"{string.Join(", ", ChatTemplate.BuiltInNames)}.",
            HelpName = "NAME",
        };
        var now = new Option<DateTimeOffset?>("--now")
        {
            Description = "The time that the template sees, such as 2025-07-10T12:00:00Z; without it, the clock's.",
            HelpName = "TIME",
            CustomParser = ParseTime,
        };
        var json = Inputs.Json();
        var command = new Command("render", "Shows the prompt that a chat template makes of a conversation, and nothing else.")
        {
            source, context, template, now, json,
        };
        command.SetAction(parsed => Run(
            parsed.GetValue(source)!, parsed.GetValue(context)!, parsed.GetValue(template), parsed.GetValue(now), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string source, string context, string? template, DateTimeOffset? now, bool json)
    {
        var options = new TemplateOptions { Clock = now is { } time ? new StoppedClock(time) : TimeProvider.System };
        var prompt = Render(source, ReadContext(context), template, options);
        using var result = new ResultWriter();
        if (json)
        {
            result.WriteObject(writer => Write(writer, prompt));
        }
        else
        {
            result.Write(prompt.Text);
        }

        return 0;
    }

    private static RenderedPrompt Render(string source, JsonObject context, string? template, TemplateOptions options)
    {
        if (Directory.Exists(source))
        {
            return ChatTemplates.FromFolder(source).Render(context, template, options);
        }

        if (Array.Exists(TemplateEndings, ending => source.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
        {
            return template is null
                ? ChatTemplate.Parse(TextFile.Read(source), Path.GetFileName(source)).Render(context, options)
                : throw new ArgumentException("--template is for models; SOURCE is a template already");
        }

        using var file = new ModelFile(source);
        using var gguf = Open(file.Path);
        return ChatTemplates.FromGguf(gguf).Render(context, template, options);
    }

    /// <summary>A GGUF file; of any other file, what is taken in its place.</summary>
    private static GgufFile Open(string path)
    {
        try
        {
            return GgufFile.Open(path);
        }
        catch (InvalidDataException) when (!IsGguf(path))
        {
            var folder = Path.GetExtension(path) == ".json" ? "; of a folder with it, give the folder" : "";
            throw new InvalidDataException(
                $"'{path}' is no GGUF file, nor does its name end as a template's ({string.Join(", ", TemplateEndings)}){folder}");
        }
    }

    private static bool IsGguf(string path)
    {
        var target = File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true)?.FullName ?? path;
        if (new FileInfo(target).Length == 0)
        {
            return false; // A pipe's length as well, which would be waited for.
        }

        var magic = new byte[4];
        using var file = File.OpenRead(target);
        return file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.AsSpan().SequenceEqual("GGUF"u8);
    }

    private static JsonObject ReadContext(string path)
    {
        var text = TextFile.Read(path);
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new InvalidDataException($"'{path}' holds no JSON object with messages and other variables by their names");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"'{path}' is no valid JSON: {failure.Message}", failure);
        }
    }

    private static void Write(Utf8JsonWriter json, RenderedPrompt prompt)
    {
        json.WriteString("text", prompt.Text);
        json.WriteStartArray("generated");
        foreach (var (start, length) in prompt.Generated)
        {
            json.WriteStartObject();
            json.WriteNumber("start", start);
            json.WriteNumber("length", length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static DateTimeOffset? ParseTime(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        result.AddError($"--now needs a time such as 2025-07-10T12:00:00Z, not '{text}'");
        return null;
    }

    /// <summary>A clock that stands still, in the zone that its time was given in.</summary>
    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } =
            TimeZoneInfo.CreateCustomTimeZone("given", now.Offset, "given", "given");

        public override DateTimeOffset GetUtcNow() => now.ToUniversalTime();
    }
}

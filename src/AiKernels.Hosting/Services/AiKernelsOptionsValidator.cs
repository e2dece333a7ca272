using AiKernels.Cache;
using AiKernels.Runtime.Chat;
using AiKernels.Runtime.Templates;
using Microsoft.Extensions.Options;

namespace AiKernels.Hosting.Services;

/// <summary>Says what is wrong with options, a sentence for each fault, before anything is loaded.</summary>
/// <param name="name">Whose options; others' are none of its business.</param>
internal sealed class AiKernelsOptionsValidator(string name) : IValidateOptions<AiKernelsOptions>
{
    public ValidateOptionsResult Validate(string? whose, AiKernelsOptions options)
    {
        if (whose != name)
        {
            return ValidateOptionsResult.Skip;
        }

        string[] faults = [.. Faults(options)];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(name.Length == 0 ? faults : faults.Select(fault => $"{name}: {fault}"));
    }

    private static IEnumerable<string> Faults(AiKernelsOptions options)
    {
        string?[] faults =
        [
            options.ModelPath is not { Length: > 0 } ? "ModelPath must name a GGUF file" : NoFile("ModelPath", options.ModelPath),
            options.TemplatePath is null ? null
                : NoFile("TemplatePath", options.TemplatePath) ?? Fault("TemplatePath", options, given => _ = given.ForChat(clock: null)),
            options.Template is not null && options.TemplatePath is not null ? "Template and TemplatePath both choose a template; one must be null" : null,
            options.Backend is null ? "Backend must make what the model runs on: a backend of the processor, or of a GPU" : null,
            options.ContextLength < 0 ? $"ContextLength must be 0 or positive, not {options.ContextLength}" : null,
            options.CacheLength < 0 ? $"CacheLength must be 0 or positive, not {options.CacheLength}" : null,
            options.MemoryLimit < 0 ? $"MemoryLimit must be 0 or positive, not {options.MemoryLimit}" : null,
            KeyValueShape.Types.Contains(options.KeyValueType) ? null
                : $"KeyValueType must be one of {string.Join(", ", KeyValueShape.Types)}, not {options.KeyValueType}",
            options.FallbackTemplate is { } fallback && ChatTemplate.BuiltInNames.Contains(fallback) ? null
                : $"FallbackTemplate must be one of {string.Join(", ", ChatTemplate.BuiltInNames)}, not {options.FallbackTemplate ?? "null"}",
            options.Syntax is null || ChatSyntax.Names.Contains(options.Syntax) ? null
                : $"Syntax must be one of {string.Join(", ", ChatSyntax.Names)}, not {options.Syntax}",
            options.MaxOutputTokens < 0 ? $"MaxOutputTokens must be 0 or positive, not {options.MaxOutputTokens}" : null,
            NotOneOf("Pooling", options.Pooling),
            NotOneOf("WarmUp", options.WarmUp),
            NotOneOf("JsonWhitespace", options.JsonWhitespace),
            Fault("Engine", options.Engine, engine => engine.Validate()),
            Fault("Sampling", options.Sampling, sampling => sampling.Validate()),
        ];
        return faults.OfType<string>();
    }

    private static string? NotOneOf<T>(string member, T value)
        where T : struct, Enum => Enum.IsDefined(value) ? null : $"{member} must be one of {string.Join(", ", Enum.GetNames<T>())}, not {value}";

    private static string? NoFile(string member, string path) =>
        File.Exists(path) ? null
        : Directory.Exists(path) ? $"{member} names {path}, which is a folder and no file"
        : $"{member} names {path}, and there is no file {Path.GetFullPath(path)}";

    private static string? Fault<T>(string member, T? options, Action<T> validate)
        where T : class
    {
        if (options is null)
        {
            return $"{member} must not be null";
        }

        try
        {
            validate(options);
            return null;
        }
        catch (Exception fault) when (fault is ArgumentException or TemplateException or IOException or UnauthorizedAccessException)
        {
            return $"{member}: {fault.Message.ReplaceLineEndings(" ")}";
        }
    }
}

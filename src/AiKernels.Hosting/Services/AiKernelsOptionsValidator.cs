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
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(AiKernelsOptions options)
    {
        string?[] faults =
        [
            options.ModelPath is not { Length: > 0 } ? "ModelPath must name a GGUF file"
                : File.Exists(options.ModelPath) ? null : $"ModelPath names {options.ModelPath}, and there is no such file",
            options.Backend is null ? "Backend must make what the model runs on: a processor or a GPU" : null,
            options.ContextLength < 0 ? $"ContextLength must be 0 or positive, not {options.ContextLength}" : null,
            options.CacheLength < 0 ? $"CacheLength must be 0 or positive, not {options.CacheLength}" : null,
            options.MemoryLimit < 0 ? $"MemoryLimit must be 0 or positive, not {options.MemoryLimit}" : null,
            KeyValueShape.Types.Contains(options.KeyValueType) ? null
                : $"KeyValueType must be one of {string.Join(", ", KeyValueShape.Types)}, not {options.KeyValueType}",
            ChatTemplate.BuiltInNames.Contains(options.FallbackTemplate) ? null
                : $"FallbackTemplate must be one of {string.Join(", ", ChatTemplate.BuiltInNames)}, not {options.FallbackTemplate}",
            options.Syntax is null || ChatSyntax.Names.Contains(options.Syntax) ? null
                : $"Syntax must be one of {string.Join(", ", ChatSyntax.Names)}, not {options.Syntax}",
            options.MaxOutputTokens < 0 ? $"MaxOutputTokens must be 0 or positive, not {options.MaxOutputTokens}" : null,
            Enum.IsDefined(options.Pooling) ? null : $"Pooling must be Mean or Last, not {options.Pooling}",
            Enum.IsDefined(options.WarmUp) ? null : $"WarmUp must be one of {string.Join(", ", Enum.GetNames<WarmUp>())}, not {options.WarmUp}",
            Fault("Engine", options.Engine, engine => engine.Validate()),
            Fault("Sampling", options.Sampling, sampling => sampling.Validate()),
        ];
        return faults.OfType<string>();
    }

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
        catch (ArgumentException fault)
        {
            return $"{member}: {fault.Message.ReplaceLineEndings(" ")}";
        }
    }
}

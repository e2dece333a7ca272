using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Templates;

namespace AiKernels.Cli.Terminal;

/// <summary>What went wrong, in one sentence on standard error.</summary>
internal static class Failure
{
    private const int LongestSentence = 2000;

    public static int Report(Exception failure) => Report(Sentence(failure));

    public static int Report(string sentence)
    {
        // File names and metadata in it may come from a stranger.
        Console.Error.WriteLine($"aikernels: {Printable.Text(sentence.TrimEnd('.'), LongestSentence)}.");
        return 1;
    }

    private static string Sentence(Exception failure) => failure switch
    {
        AggregateException { InnerException: { } inner } => Sentence(inner),
        FileNotFoundException { FileName: { } name } => $"there is no file '{name}'",
        InsufficientMemoryException => failure.Message,
        OutOfMemoryException => "there is not enough memory for this",
        ArgumentException argument => WithoutParameter(argument),
        IOException or InvalidDataException or UnauthorizedAccessException or GrammarException => failure.Message,
        ContextFullException => $"{failure.Message} (--ctx sets the context)",
        TemplateException or InvalidOperationException or NotSupportedException => failure.Message,
        _ => $"unexpected {failure.GetType().Name}: {failure.Message}",
    };

    /// <summary>The message as it was written, before .NET appended which parameter of which value it was.</summary>
    private static string WithoutParameter(ArgumentException failure)
    {
        var end = failure.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return end < 0 ? failure.Message : failure.Message[..end];
    }
}

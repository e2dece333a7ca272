using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Values as messages name them, and the messages about values of a wrong kind.</summary>
internal static class Described
{
    /// <summary>What it is; of an undefined value, what was looked for.</summary>
    public static string Of(Value value) => value is UndefinedValue undefined ? $"an undefined value ({undefined.Reason})" : value.Kind;

    /// <summary>Refuses an operation that values of this kind don't have; for an undefined value the reason comes first.</summary>
    /// <param name="value">The value.</param>
    /// <param name="problem">The rest of a sentence: "can't be called".</param>
    public static TemplateException Refusal(Value value, string problem) => new(value is UndefinedValue undefined
        ? $"{undefined.Reason}, so it {problem}"
        : $"{value.Kind} {problem}");
}

using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Arguments of a builtin as what they have to be, with what stands for a missing one.</summary>
internal static class Parameters
{
    public static string Text(this Value?[] arguments, int index, string what) => arguments[index] is StringValue text
        ? text.Text
        : throw new TemplateException($"{what} has to be a string, not {Described.Of(arguments[index]!)}");

    public static string? OptionalText(this Value?[] arguments, int index, string what) =>
        arguments[index] is null or NoneValue ? null : Text(arguments, index, what);

    public static int Integer(this Value?[] arguments, int index, string what, int missing) =>
        arguments[index] is { } value ? Number.SmallOf(value, what) : missing;

    public static int OptionalInteger(this Value?[] arguments, int index, string what, int missing) =>
        arguments[index] is NoneValue ? missing : Integer(arguments, index, what, missing);

    public static bool Flag(this Value?[] arguments, int index, bool missing = false) => arguments[index]?.IsTrue ?? missing;
}

using System.Text.RegularExpressions;

namespace AiKernels.Hosting.Chat;

/// <summary>
/// JSON that a model wrote, without halves of characters. The syntax of JSON has escapes of one surrogate without the other; .NET
/// reads no text with one, so that a call would be lost on the tool, and each later request that has it in its history would fail.
/// </summary>
internal static partial class WholeCharacters
{
    private const string Replacement = @"\uFFFD";

    /// <summary>The JSON, with U+FFFD for each half.</summary>
    /// <param name="json">The JSON.</param>
    public static string Of(string json) => Escape().Replace(json, escape => escape.Groups["half"].Success ? Replacement : escape.Value);

    // One escape after the other, so that the second backslash of two begins none.
    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.")]
    private static partial Regex Escape();
}

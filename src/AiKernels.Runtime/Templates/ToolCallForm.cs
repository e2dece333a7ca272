using System.Text.Json.Nodes;

namespace AiKernels.Runtime.Templates;

/// <summary>How a template wants a message with tool calls, in which templates differ and which none says.</summary>
/// <param name="ArgumentsAreText">Whether a call's arguments are a text of JSON; else they are an object.</param>
/// <param name="ContentIsNull">Whether the content of a message with nothing but calls is null; else it is an empty text.</param>
/// <example>
/// <code>
/// var form = ToolCallForm.Of(model.ChatTemplates);
/// call["arguments"] = form.ArgumentsAreText ? arguments.ToJsonString() : arguments;
/// </code>
/// </example>
public sealed record ToolCallForm(bool ArgumentsAreText, bool ContentIsNull)
{
    private const string Tool = "tool_of_a_trial", Argument = "argument_of_a_trial", Value = "value of a trial";

    /// <summary>Whether calls are in the prompt at all; some templates leave out what was called, whatever its form.</summary>
    /// <example><code>var isWorthwhile = ToolCallForm.Of(model.ChatTemplates).KeepsCalls;</code></example>
    public bool KeepsCalls { get; init; } = true;

    // What most templates want comes first.
    private static readonly ToolCallForm[] All = [new(false, false), new(false, true), new(true, false), new(true, true)];

    /// <summary>
    /// Finds out by rendering a small conversation in each of the forms. Those count with which the whole call is in the prompt, and
    /// its arguments are what they should be; objects go before texts, and of contents the one that leaves less behind, an empty
    /// text if it makes no difference.
    /// </summary>
    /// <param name="templates">The model's templates.</param>
    /// <param name="name">Which template, see <see cref="ChatTemplates.Render"/>; null for the model's own choice.</param>
    /// <exception cref="ArgumentException">There is no such template.</exception>
    /// <exception cref="TemplateException">The template can't be parsed.</exception>
    /// <example><code>var form = ToolCallForm.Of(model.ChatTemplates);</code></example>
    public static ToolCallForm Of(ChatTemplates templates, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(templates);
        _ = templates.For(hasTools: true, name);
        return All.Select(form => (Form: form, Text: Render(templates, name, form)))
            .Where(trial => trial.Text is not null)
            .OrderBy(trial => trial.Form.ArgumentsAreText).ThenBy(trial => trial.Text!.Length) // Stable: equal ones stay in their order.
            .Select(trial => trial.Form).FirstOrDefault(All[0] with { KeepsCalls = false });
    }

    /// <summary>The prompt; null where it isn't as it should be.</summary>
    private static string? Render(ChatTemplates templates, string? name, ToolCallForm form)
    {
        try
        {
            var text = templates.Render(Trial(form), name).Text;
            var isWhole = text.Contains(Tool, StringComparison.Ordinal) && text.Contains(Argument, StringComparison.Ordinal)
                && text.Contains(Value, StringComparison.Ordinal)
                && !text.Contains($"'{Value}'", StringComparison.Ordinal) // As Python prints an object.
                && !text.Contains($"\\\"{Value}", StringComparison.Ordinal) // A text within a text.
                && !text.Contains("None", StringComparison.Ordinal);
            return isWhole ? text : null;
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static JsonObject Trial(ToolCallForm form)
    {
        var arguments = new JsonObject { [Argument] = Value };
        var call = new JsonObject
        {
            ["id"] = "call00001", // Mistral's want nine letters and digits.
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = Tool,
                ["arguments"] = form.ArgumentsAreText ? arguments.ToJsonString() : arguments,
            },
        };
        return new JsonObject
        {
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "a" },
                new JsonObject { ["role"] = "assistant", ["content"] = form.ContentIsNull ? null : "", ["tool_calls"] = new JsonArray(call) },
                new JsonObject { ["role"] = "tool", ["tool_call_id"] = "call00001", ["name"] = Tool, ["content"] = "b" }),
            ["tools"] = new JsonArray(), // Some templates are for conversations with tools, and read them.
            ["add_generation_prompt"] = true,
        };
    }
}

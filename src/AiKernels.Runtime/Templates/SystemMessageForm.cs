using System.Text.Json.Nodes;

namespace AiKernels.Runtime.Templates;

/// <summary>Which system and developer messages a template writes; others vanish, or it refuses them.</summary>
/// <param name="KnowsDeveloper">Whether there may be developer messages; else they are to be system messages.</param>
/// <param name="TakesSeveral">Whether there may be several, and behind other messages; else there is to be one, before all others.</param>
/// <example>
/// <code>
/// var form = SystemMessageForm.Of(model.ChatTemplates);
/// var role = form.KnowsDeveloper ? "developer" : "system";
/// </code>
/// </example>
public sealed record SystemMessageForm(bool KnowsDeveloper, bool TakesSeveral)
{
    private const string First = "first of a trial", Second = "second of a trial", Third = "third of a trial";

    /// <summary>Finds out by rendering small conversations: what counts is that all their texts are in the prompt.</summary>
    /// <param name="templates">The model's templates.</param>
    /// <param name="hasTools">Whether the conversation has tools, for which a model may have a template of its own.</param>
    /// <param name="name">Which template, see <see cref="ChatTemplates.Render"/>; null for the model's own choice.</param>
    /// <exception cref="ArgumentException">There is no such template.</exception>
    /// <exception cref="TemplateException">The template can't be parsed.</exception>
    /// <example><code>var form = SystemMessageForm.Of(model.ChatTemplates);</code></example>
    public static SystemMessageForm Of(ChatTemplates templates, bool hasTools = false, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(templates);
        _ = templates.For(hasTools, name);
        var knowsDeveloper = Writes(templates, hasTools, name, ("developer", First), ("user", "a"));
        var other = knowsDeveloper ? "developer" : "system";
        return new SystemMessageForm(knowsDeveloper, Writes(
            templates, hasTools, name, ("system", First), (other, Second), ("user", "a"), ("assistant", "b"), ("system", Third), ("user", "c")));
    }

    private static bool Writes(ChatTemplates templates, bool hasTools, string? name, params (string Role, string Text)[] messages)
    {
        var context = new JsonObject
        {
            ["messages"] = new JsonArray([.. messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Text })]),
            ["tools"] = hasTools ? new JsonArray() : null,
            ["add_generation_prompt"] = true,
        };
        try
        {
            var prompt = templates.Render(context, name).Text;
            return Array.TrueForAll(messages, message => prompt.Contains(message.Text, StringComparison.Ordinal));
        }
        catch (TemplateException)
        {
            return false;
        }
    }
}

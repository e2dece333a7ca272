using AiKernels.Runtime.Templates;

namespace AiKernels.Hosting.Chat;

/// <summary>How a model's template wants messages, in which templates differ and which none says.</summary>
/// <param name="Calls">Tool calls.</param>
/// <param name="System">System messages.</param>
/// <param name="SystemWithTools">The same where a conversation has tools, for which a model may have another template.</param>
internal sealed record TemplateForms(ToolCallForm Calls, SystemMessageForm System, SystemMessageForm SystemWithTools)
{
    /// <inheritdoc cref="ToolCallForm.Of"/>
    public static TemplateForms Of(ChatTemplates templates, string? name) => new(
        ToolCallForm.Of(templates, name), SystemMessageForm.Of(templates, hasTools: false, name), SystemMessageForm.Of(templates, hasTools: true, name));
}

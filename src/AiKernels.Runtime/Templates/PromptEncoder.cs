using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Templates;

/// <summary>
/// Makes a model's tokens of a conversation. What the template writes may name control tokens; what the conversation says may
/// not, whoever wrote it: there their names are text.
/// </summary>
/// <remarks>
/// <para>
/// Where nothing in the context looks like the beginning of a control token, the tokens are those of the rendered text. Else that
/// beginning gets a mark, a character of Unicode's private use, which goes through the template with the text, is taken out
/// again, and says to the tokenizer that no control token begins there. Roles are not marked: the host writes them.
/// </para>
/// <para>Thread-safe.</para>
/// </remarks>
/// <example>
/// <code>
/// var encoder = new PromptEncoder(model.ChatTemplates, model.Tokenizer);
/// var generation = engine.Submit(encoder.Encode(context));
/// </code>
/// </example>
public sealed class PromptEncoder
{
    private readonly ChatTemplates _templates;
    private readonly Tokenizer _tokenizer;
    private readonly string? _name;
    private readonly ControlNames _controls;

    /// <summary>Prepares for a model's prompts.</summary>
    /// <param name="templates">The model's templates.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="name">Which template, see <see cref="ChatTemplates.Render"/>; null for the model's own choice.</param>
    public PromptEncoder(ChatTemplates templates, Tokenizer tokenizer, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(templates);
        ArgumentNullException.ThrowIfNull(tokenizer);
        (_templates, _tokenizer, _name) = (templates, tokenizer, name);
        _controls = new ControlNames(tokenizer.Vocabulary);
    }

    /// <summary>
    /// The tokens of a conversation, the begin token first where the vocabulary asks for one: once, whether or not the template
    /// writes it, too.
    /// </summary>
    /// <param name="context">The template's variables, see <see cref="ChatTemplate.Render(JsonObject, TemplateOptions?)"/>.</param>
    /// <param name="options">What the template may use up; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no such template.</exception>
    /// <exception cref="TemplateException">
    /// The template can't be parsed or rendered, or refuses the conversation; or the context is no valid JSON, or has all of
    /// Unicode's characters for private use, one of which marks what it says.
    /// </exception>
    /// <example><code>int[] prompt = encoder.Encode(context);</code></example>
    public int[] Encode(JsonObject context, TemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var marks = Mark(context);
        var text = _templates.Render(marks.Context, _name, options).Text;
        var tokens = marks.IsEmpty ? _tokenizer.Encode(text, parseSpecial: true) : _tokenizer.EncodeMarked(text, marks.Written);
        var begin = _tokenizer.Begin;
        return tokens.AsSpan().StartsWith(begin) ? tokens : [.. begin, .. tokens];
    }

    /// <summary>
    /// What the template adds to a conversation so that the model answers: the text from which on its prompt differs from that
    /// without <c>add_generation_prompt</c>, names of control tokens included. Nobody in the conversation has a word in it.
    /// </summary>
    /// <param name="context">The conversation.</param>
    /// <param name="prompt">The tokens that <see cref="Encode"/> made of it.</param>
    /// <param name="options">What the template may use up; null for the defaults.</param>
    /// <exception cref="TemplateException">The template refuses the conversation without <c>add_generation_prompt</c>.</exception>
    /// <example><code>var added = encoder.GenerationPrompt(context, encoder.Encode(context)); // &lt;|im_start|&gt;assistant</code></example>
    public string GenerationPrompt(JsonObject context, ReadOnlySpan<int> prompt, TemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var conversation = (JsonObject)context.DeepClone();
        conversation["add_generation_prompt"] = false;
        return _tokenizer.Decode(prompt[prompt.CommonPrefixLength(Encode(conversation, options))..], renderSpecial: true);
    }

    private ContextMarks Mark(JsonObject context)
    {
        var source = _templates.For(context, _name).Source;
        try
        {
            return new ContextMarks(_controls, source, context);
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or NotSupportedException or JsonException)
        {
            throw new TemplateException("the context is no valid JSON");
        }
    }
}

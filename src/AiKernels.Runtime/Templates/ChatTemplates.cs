using System.Text.Json.Nodes;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Templates.Sources;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Templates;

/// <summary>The templates that a model brings, and what they read of its vocabulary.</summary>
/// <remarks>
/// <para>A template is parsed when it is first asked for, so one that can't be parsed hinders nobody who doesn't.</para>
/// <para>Thread-safe.</para>
/// <para>Source: <c>tokenizer.chat_template</c> in ggml's <c>docs/gguf.md</c>; <c>chat_template.jinja</c>,
/// <c>additional_chat_templates</c> and <c>tokenizer_config.json</c> as transformers saves them.</para>
/// </remarks>
/// <example>
/// <code>
/// var templates = ChatTemplates.FromFolder("Qwen2.5-0.5B-Instruct");
/// var prompt = templates.Render(context);
/// </code>
/// </example>
public sealed class ChatTemplates
{
    /// <summary>The name of the template that is used where no other is asked for.</summary>
    /// <example><code>var template = templates.Named(ChatTemplates.DefaultName);</code></example>
    public const string DefaultName = "default";

    private const string ToolName = "tool_use";

    private readonly OrderedDictionary<string, Lazy<ChatTemplate>> _byName = [];
    private readonly JsonObject _variables;

    /// <param name="templates">Names and what parses the template of each; of equal names the first counts.</param>
    /// <param name="variables">What templates read where the context doesn't have it, beside what transformers always gives them.</param>
    internal ChatTemplates(IEnumerable<(string Name, Func<ChatTemplate> Parse)> templates, JsonObject variables)
    {
        foreach (var (name, parse) in templates)
        {
            _byName.TryAdd(name, new Lazy<ChatTemplate>(parse));
        }

        _variables = variables;
        foreach (var name in (string[])["tools", "documents"])
        {
            _variables.TryAdd(name, null);
        }

        _variables.TryAdd("add_generation_prompt", false);
    }

    /// <summary>No templates at all.</summary>
    internal static ChatTemplates None { get; } = new([], []);

    /// <summary>The names of the templates; <see cref="DefaultName"/> for the one without.</summary>
    /// <example><code>Console.WriteLine(string.Join(", ", templates.Names)); // default, tool_use</code></example>
    public IReadOnlyList<string> Names => _byName.Keys;

    /// <summary>The template that is used where no other is asked for; null where there is none.</summary>
    /// <exception cref="TemplateException">It can't be parsed.</exception>
    /// <example><code>var template = templates.Default ?? ChatTemplate.BuiltIn("chatml");</code></example>
    public ChatTemplate? Default => _byName.TryGetValue(DefaultName, out var template) ? template.Value : null;

    /// <summary>The templates of a GGUF file, whether or not it is a model that can be run.</summary>
    /// <param name="file">The file, which is not needed afterwards.</param>
    /// <exception cref="InvalidDataException">The file's vocabulary is damaged.</exception>
    /// <example>
    /// <code>
    /// using var file = GgufFile.Open("model.gguf");
    /// var templates = ChatTemplates.FromGguf(file);
    /// </code>
    /// </example>
    public static ChatTemplates FromGguf(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return GgufTemplates.Read(file.Metadata);
    }

    /// <summary>The templates of a folder in Hugging Face's form.</summary>
    /// <param name="folder">The folder; files that are not there are not missed.</param>
    /// <exception cref="IOException">There is no such folder, or a file can't be read.</exception>
    /// <exception cref="InvalidDataException">A file is no JSON, or no text.</exception>
    /// <example><code>var templates = ChatTemplates.FromFolder("Qwen2.5-0.5B-Instruct");</code></example>
    public static ChatTemplates FromFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return FolderTemplates.Read(folder);
    }

    /// <summary>A template in place of all of these, which reads of the vocabulary what they do.</summary>
    /// <param name="template">The template, such as a mended one.</param>
    /// <example><code>var mended = model.ChatTemplates.ReplacedBy(ChatTemplate.Parse(File.ReadAllText("mended.jinja")));</code></example>
    public ChatTemplates ReplacedBy(ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        return new ChatTemplates([(DefaultName, () => template)], (JsonObject)_variables.DeepClone());
    }

    /// <summary>The template of a name: the model's own, or else a built-in one.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    /// <exception cref="TemplateException">It can't be parsed.</exception>
    /// <example><code>var template = templates.Named("tool_use");</code></example>
    public ChatTemplate Named(string name) =>
        _byName.TryGetValue(name, out var template) ? template.Value
        : BuiltInTemplates.Find(name) ?? throw new ArgumentException(
            (Names.Count == 0 && name == DefaultName
                ? "the model brings no chat template; name one that is built in"
                : $"there is no chat template {Printable.Quote(name)}; the model brings {Own}, and built in are")
            + $": {string.Join(", ", BuiltInTemplates.Names)}");

    /// <summary>
    /// Makes a prompt as transformers does: the vocabulary's <c>bos_token</c>, <c>eos_token</c> and so on stand in where the
    /// context doesn't give them; <c>tools</c> and <c>documents</c> are none and <c>add_generation_prompt</c> is false.
    /// </summary>
    /// <param name="context">The template's variables, see <see cref="ChatTemplate.Render(JsonObject, TemplateOptions?)"/>.</param>
    /// <param name="name">The template; null for <c>tool_use</c> where there is one and the context has tools, else the default.</param>
    /// <param name="options">What the template may use up; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no such template.</exception>
    /// <exception cref="TemplateException">The template can't be parsed or rendered, or refuses the conversation.</exception>
    /// <example><code>var prompt = model.ChatTemplates.Render(context).Text;</code></example>
    public RenderedPrompt Render(JsonObject context, string? name = null, TemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        return For(context, name).Render(context, _variables, options);
    }

    /// <summary>The template that <see cref="Render"/> takes.</summary>
    /// <param name="hasTools">Whether the context has tools.</param>
    /// <param name="name">The template; null for <c>tool_use</c> where there is one and the context has tools, else the default.</param>
    /// <exception cref="ArgumentException">There is no such template.</exception>
    /// <exception cref="TemplateException">It can't be parsed.</exception>
    /// <example><code>var syntax = AiKernels.Runtime.Chat.ChatSyntax.Detect(templates.For(hasTools: true).Source);</code></example>
    public ChatTemplate For(bool hasTools, string? name = null) =>
        Named(name ?? (hasTools && _byName.ContainsKey(ToolName) ? ToolName : DefaultName));

    /// <summary>The template that renders a context.</summary>
    internal ChatTemplate For(JsonObject context, string? name) => For(context["tools"] is not null, name);

    private string Own => Names.Count == 0 ? "none" : string.Join(", ", Names.Select(name => Printable.Quote(name)));

    /// <summary>The templates in metadata, with a vocabulary that was read before.</summary>
    internal static ChatTemplates From(GgufMetadata metadata, Vocabulary? vocabulary) => GgufTemplates.Read(metadata, vocabulary);
}

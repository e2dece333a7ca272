using System.Text.Json.Nodes;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Nodes;
using AiKernels.Runtime.Templates.Sources;
using AiKernels.Runtime.Templates.Syntax;

namespace AiKernels.Runtime.Templates;

/// <summary>
/// A template in Jinja that makes a model's prompt of a conversation, as Hugging Face's transformers renders them: with
/// <c>trim_blocks</c> and <c>lstrip_blocks</c>, <c>break</c> and <c>continue</c>, <c>generation</c> blocks,
/// <c>raise_exception</c> and <c>strftime_now</c>.
/// </summary>
/// <remarks>
/// <para>Templates come with models, from strangers. They reach the context, their own variables and a fixed set of functions,
/// and nothing of .NET; <see cref="TemplateOptions"/> bounds their time and memory. Whatever a template does, only a
/// <see cref="TemplateException"/> comes of it.</para>
/// <para>A template doesn't change and may be rendered by several threads at once. Integers have 64 bits, unlike Python's;
/// filters that give generators there give lists here; of the methods that change a value there are <c>append</c> and
/// <c>pop</c>; <c>safe</c> only marks a text, and nothing is ever escaped because of it.</para>
/// <para>Source: Jinja's template designer documentation, version 3.1, and the guide on chat templates of transformers.</para>
/// </remarks>
/// <example>
/// <code>
/// var template = ChatTemplate.Parse("{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}");
/// var context = new JsonObject
/// {
///     ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Hello!" }),
/// };
/// Console.Write(template.Render(context).Text); // user: Hello!
/// </code>
/// </example>
public sealed class ChatTemplate
{
    /// <summary>The most characters of a template; real ones have up to some 20,000.</summary>
    internal const int LongestSource = 1 << 18;

    private static readonly TemplateOptions Defaults = new();

    private readonly Block _body;
    private readonly string[] _names;

    private ChatTemplate(string source, string? name, Block body, string[] names)
    {
        Source = source;
        Name = name;
        _body = body;
        _names = names;
    }

    /// <summary>The template's name in messages; null where it has none.</summary>
    /// <example><code>Console.WriteLine(template.Name); // chatml</code></example>
    public string? Name { get; }

    /// <summary>The template itself, with one kind of line break and none at its end.</summary>
    /// <example><code>File.WriteAllText("chat_template.jinja", template.Source);</code></example>
    public string Source { get; }

    /// <summary>The names of the built-in templates, for models that bring none.</summary>
    /// <example><code>Console.WriteLine(string.Join(", ", ChatTemplate.BuiltInNames)); // chatml, llama2, ...</code></example>
    public static IReadOnlyList<string> BuiltInNames => BuiltInTemplates.Names;

    /// <summary>A built-in template: the documented format of a family of models, without tools.</summary>
    /// <param name="name">One of <see cref="BuiltInNames"/>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    /// <example><code>var prompt = ChatTemplate.BuiltIn("chatml").Render(context).Text;</code></example>
    public static ChatTemplate BuiltIn(string name) => BuiltInTemplates.Find(name)
        ?? throw new ArgumentException($"there is no built-in template {Printable.Quote(name)}, but {string.Join(", ", BuiltInNames)}");

    /// <summary>Reads a template.</summary>
    /// <param name="source">The template.</param>
    /// <param name="name">Its name in messages; null for none.</param>
    /// <exception cref="TemplateException">It is no template; the message says where and why.</exception>
    /// <example><code>var template = ChatTemplate.Parse(File.ReadAllText("chat_template.jinja"), "chat_template.jinja");</code></example>
    public static ChatTemplate Parse(string source, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Length > LongestSource)
        {
            throw new TemplateException(
                $"a template of {source.Length} characters is longer than the {LongestSource} that are allowed", name, 0, 0);
        }

        source = Lexer.Normalize(source);
        try
        {
            var (body, layout) = Parser.Parse(source);
            return new ChatTemplate(source, name, body, [.. layout.Names]);
        }
        catch (TemplateException problem)
        {
            throw problem.Located(name, source, -1);
        }
    }

    /// <summary>Makes a prompt.</summary>
    /// <param name="context">
    /// The template's variables: <c>messages</c>, and <c>tools</c>, <c>add_generation_prompt</c>, <c>bos_token</c> and whatever
    /// else it reads. It isn't changed.
    /// </param>
    /// <param name="options">What the template may use up; null for the defaults.</param>
    /// <exception cref="TemplateException">
    /// The template refuses the conversation, can't be rendered, or uses up more than it may.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <example><code>var prompt = template.Render(context, new TemplateOptions { MaxOutput = 1 &lt;&lt; 20 }).Text;</code></example>
    public RenderedPrompt Render(JsonObject context, TemplateOptions? options = null) => Render(context, null, options);

    /// <summary>The same with variables that count where the context hasn't them.</summary>
    internal RenderedPrompt Render(JsonObject context, JsonObject? others, TemplateOptions? options)
    {
        ArgumentNullException.ThrowIfNull(context);
        options ??= Defaults;
        options.Validate();
        var run = new Rendering(options) { At = -1 };
        try
        {
            var scope = new Scope(run, null, _names.Length);
            for (var place = 0; place < _names.Length; place++)
            {
                scope.Values[place] = ContextValues.Find(run, context, _names[place])
                    ?? (others is null ? null : ContextValues.Find(run, others, _names[place]))
                    ?? Globals.Find(_names[place]);
            }

            _body.Render(scope);
            return new RenderedPrompt(run.Output.ToString(), run.Generated);
        }
        catch (TemplateException problem)
        {
            throw problem.Located(Name, Source, run.At);
        }
    }
}

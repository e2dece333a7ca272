using AiKernels.Runtime.Chat.Constraints;
using AiKernels.Runtime.Chat.Reading;
using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Chat;

/// <summary>Makes grammars of answers in which tools are called: what <see cref="AnswerReader"/> then reads are calls that fit their schemas.</summary>
/// <remarks>
/// <para>Text and reasoning are free, but for markers: a call that begins is one. Arguments follow the tool's schema as
/// <see cref="Grammar.FromJsonSchema"/> says, integers without a fraction. Where a family writes them one by one, between tags, they
/// come in any order; only those are written that a schema lists, unless it lists none or says what others are, and it may say
/// nothing of them together but which are required.</para>
/// <para>A marker is written as its control token or spelt out, as the vocabulary has it.</para>
/// </remarks>
public static class ToolGrammar
{
    /// <summary>The grammar of answers.</summary>
    /// <param name="syntax">How the model writes.</param>
    /// <param name="tools">The tools that it may call.</param>
    /// <param name="choice">Whether it has to.</param>
    /// <param name="tokenizer">Has the markers that are control tokens; without one, all are spelt out.</param>
    /// <param name="options">What else it depends on; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// There has to be a call, and the syntax has none or there is no such tool; or two tools have one name, or a name has
    /// white space, quotes or brackets.
    /// </exception>
    /// <exception cref="GrammarException">A tool's schema can't be read, uses what isn't supported, or takes no object.</exception>
    /// <example>
    /// <code>
    /// var syntax = ChatSyntax.Detect(model.ChatTemplate?.Source);
    /// var options = new GenerationOptions
    /// {
    ///     Grammar = ToolGrammar.For(syntax, tools, ToolChoice.Required, model.Tokenizer),
    /// };
    /// </code>
    /// </example>
    public static Grammar For(
        ChatSyntax syntax, IReadOnlyList<ToolDefinition> tools, ToolChoice choice, Tokenizer? tokenizer = null, ToolGrammarOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(syntax);
        ArgumentNullException.ThrowIfNull(tools);
        ArgumentNullException.ThrowIfNull(choice);
        options ??= new ToolGrammarOptions();
        Check(syntax, tools, choice);
        return Grammar.OfTools(ToolGrammarSource.Write(syntax, tools, choice, options), () => Compile(syntax, tools, choice, tokenizer, options));
    }

    private static (Expression Root, bool HasUniqueItems) Compile(
        ChatSyntax syntax, IReadOnlyList<ToolDefinition> tools, ToolChoice choice, Tokenizer? tokenizer, ToolGrammarOptions options)
    {
        var called = Called(syntax, tools, choice);
        var store = new ExpressionStore();
        var calls = new CallExpressions(store, tokenizer, options.Whitespace);
        var isParallel = options.IsParallel && choice.Name is null;
        var text = options.Text is { } source ? RequiredText.Of(source, store, tokenizer) : null;
        var answer = syntax.IsHarmony
            ? new HarmonyExpressions(calls, called, text?.Expression).Answer(choice, options.Thinking)
            : new MarkedExpressions(calls, syntax, tools, called, isParallel, text?.Expression).Answer(choice, options.Thinking);
        return (answer, calls.HasUniqueItems || text is { HasUniqueItems: true });
    }

    /// <summary>The grammar that was made from what <see cref="ToolGrammarSource"/> writes.</summary>
    internal static Grammar From(string source, Tokenizer? tokenizer)
    {
        var (syntax, tools, choice, options) = ToolGrammarSource.Read(source);
        try
        {
            return For(syntax, tools, choice, tokenizer, options);
        }
        catch (ArgumentException fault)
        {
            throw new GrammarException(fault.Message);
        }
    }

    private static void Check(ChatSyntax syntax, IReadOnlyList<ToolDefinition> tools, ToolChoice choice)
    {
        HashSet<string> names = [];
        foreach (var tool in tools)
        {
            ArgumentNullException.ThrowIfNull(tool, nameof(tools));
            if (tool.Name is null || !Markup.IsName(tool.Name))
            {
                throw new ArgumentException($"a tool is called '{tool.Name}', which models can't write", nameof(tools));
            }

            if (!names.Add(tool.Name))
            {
                throw new ArgumentException($"two tools are called {tool.Name}", nameof(tools));
            }
        }

        var mustCall = choice == ToolChoice.Required || choice.Name is not null;
        if (mustCall && (!syntax.HasToolCalls || tools.Count == 0 || (choice.Name is { } name && !names.Contains(name))))
        {
            throw new ArgumentException(
                syntax.HasToolCalls ? $"there is no tool {choice.Name ?? "to call"}" : $"models that write as {syntax} have no way to call tools", nameof(choice));
        }
    }

    private static ToolDefinition[] Called(ChatSyntax syntax, IReadOnlyList<ToolDefinition> tools, ToolChoice choice) =>
        choice == ToolChoice.None || !syntax.HasToolCalls ? []
        : [.. tools.Where(tool => choice.Name is null || tool.Name == choice.Name)];
}

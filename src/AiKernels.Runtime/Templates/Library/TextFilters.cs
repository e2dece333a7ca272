using System.Text;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Filters of text; what isn't a string is printed first.</summary>
internal static class TextFilters
{
    public static Builtin[] All { get; } =
    [
        Simple("upper", Characters.Upper),
        Simple("lower", Characters.Lower),
        Simple("capitalize", Characters.Capitalize),
        Simple("title", Title),
        new("string", (run, value, _) => value is StringValue ? value : new StringValue(Text(run, value))),
        new("trim", Trim, "chars?"),
        new("replace", (run, value, arguments) => new StringValue(Replacement.Of(
            run, Text(run, value), Text(run, arguments[0]!), Text(run, arguments[1]!), arguments.Integer(2, "the count", -1))),
            "old", "new", "count?"),
        new("wordcount", (run, value, _) => IntegerValue.Of(WordCount(run, Text(run, value)))),
        Builtin.Open("format", (run, value, arguments) =>
            new StringValue(PercentFormat.Format(run, Text(run, value), Values(run, arguments)))),
    ];

    /// <summary>The value as a text that a filter reads.</summary>
    public static string Text(Rendering run, Value value)
    {
        var text = PythonText.Of(run, value);
        run.Make(text.Length);
        return text;
    }

    private static Builtin Simple(string name, Func<string, string> change) =>
        new(name, (run, value, _) =>
        {
            var text = Text(run, value);
            run.Step(text.Length);
            return new StringValue(change(text));
        });

    // Unlike the method, a word goes on to the next space or bracket: "it's" has one.
    private static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        for (var start = 0; start < text.Length;)
        {
            var end = start + 1;
            while (end < text.Length && IsWordStart(text[end]) == IsWordStart(text[start]))
            {
                end++;
            }

            title.Append(Characters.Capitalize(text[start..end]));
            start = end;
        }

        return title.ToString();
    }

    private static bool IsWordStart(char unit) => unit is '-' or '(' or '{' or '[' or '<' || Characters.IsSpace(unit);

    private static StringValue Trim(Rendering run, Value value, Value?[] arguments)
    {
        var text = Text(run, value);
        return new StringValue(arguments.OptionalText(0, "what is trimmed") is { } characters
            ? Characters.Trim(run, text, characters)
            : Characters.Trim(text));
    }

    private static long WordCount(Rendering run, string text)
    {
        run.Step(text.Length);
        var count = 0L;
        var isWithinWord = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var isWord = Rune.IsLetter(rune) || Rune.IsNumber(rune) || rune.Value == '_';
            count += isWord && !isWithinWord ? 1 : 0;
            isWithinWord = isWord;
        }

        return count;
    }

    private static Value Values(Rendering run, Arguments arguments)
    {
        if (arguments.Named.Length == 0)
        {
            return new TupleValue(arguments.Positional);
        }

        var values = new MappingValue(run);
        foreach (var (name, value) in arguments.Named)
        {
            values.Set(new StringValue(name), value);
        }

        return arguments.Positional.Length == 0
            ? values
            : throw new TemplateException("'format' takes values by place or by name, not both");
    }
}

using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Filters that lay text out on lines.</summary>
internal static class LayoutFilters
{
    private const int DefaultIndent = 4;
    private const int DefaultWidth = 80;
    private const int DefaultLength = 255;
    private const int DefaultLeeway = 5;

    public static Builtin[] All { get; } =
    [
        new("indent", Indent, "width?", "first?", "blank?"),
        new("center", (run, value, arguments) => StringMethods.Pad(
            run, new StringValue(TextFilters.Text(run, value)), arguments.Integer(0, "a width", DefaultWidth), ' ', 0.5), "width?"),
        new("truncate", Truncate, "length?", "killwords?", "end?", "leeway?"),
    ];

    private static StringValue Indent(Rendering run, Value value, Value?[] arguments)
    {
        if (value is not StringValue)
        {
            throw Described.Refusal(value, "can't be indented");
        }

        var indent = arguments[0] is StringValue own ? own.Text : Blanks(run, arguments.Integer(0, "a width", DefaultIndent));
        var (first, blank) = (arguments.Flag(1), arguments.Flag(2));
        var indented = new PromptText(run);
        var isFirst = true;
        foreach (var line in Splitting.Lines(run, TextFilters.Text(run, value) + "\n", keepsEnds: false))
        {
            run.Step();
            indented.Append(isFirst ? "" : "\n");
            indented.Append(isFirst ? first ? indent : "" : blank || line.Length != 0 ? indent : "");
            indented.Append(line);
            isFirst = false;
        }

        return new StringValue(indented.ToString());
    }

    private static string Blanks(Rendering run, int count)
    {
        run.Make(count);
        return new string(' ', Math.Max(0, count));
    }

    private static StringValue Truncate(Rendering run, Value value, Value?[] arguments)
    {
        if (value is not (StringValue or UndefinedValue))
        {
            throw Described.Refusal(value, "can't be truncated");
        }

        var text = new StringValue(TextFilters.Text(run, value));
        var length = arguments.Integer(0, "a length", DefaultLength);
        var end = new StringValue(arguments.OptionalText(2, "the end") ?? "...");
        var leeway = arguments.OptionalInteger(3, "the leeway", DefaultLeeway);
        var kept = length - end.Length(run);
        if (kept < 0 || leeway < 0)
        {
            throw new TemplateException("'truncate' needs a length of at least its end's, and a leeway of 0 or more");
        }

        if (text.Length(run) <= (long)length + leeway)
        {
            return text;
        }

        var cut = text.Text[..text.UnitOf(run, kept)];
        if (!arguments.Flag(1) && cut.LastIndexOf(' ') is >= 0 and var space)
        {
            cut = cut[..space];
        }

        return new StringValue(cut + end.Text);
    }
}

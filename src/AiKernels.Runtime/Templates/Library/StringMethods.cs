using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Methods of strings that make other strings.</summary>
internal static class StringMethods
{
    public static Builtin[] All { get; } =
    [
        Simple("upper", Characters.Upper),
        Simple("lower", Characters.Lower),
        Simple("casefold", Characters.Lower),
        Simple("capitalize", Characters.Capitalize),
        Simple("title", Characters.Title),
        Simple("swapcase", Characters.SwapCase),
        new("strip", (run, self, arguments) => Strip(run, self, arguments, true, true), "chars?"),
        new("lstrip", (run, self, arguments) => Strip(run, self, arguments, true, false), "chars?"),
        new("rstrip", (run, self, arguments) => Strip(run, self, arguments, false, true), "chars?"),
        new("removeprefix", (run, self, arguments) => WithoutPrefix(run, self, arguments.Text(0, "a prefix")), "prefix"),
        new("removesuffix", (run, self, arguments) => WithoutSuffix(run, self, arguments.Text(0, "a suffix")), "suffix"),
        new("replace", Replace, "old", "new", "count?"),
        new("join", (run, self, arguments) => Join(run, self, arguments[0]!), "items"),
        Builtin.Open("format", (run, self, arguments) => new StringValue(BraceFormat.Format(run, Text(self), arguments))),
        new("split", (run, self, arguments) => Splitting.Split(
            run, Text(self), arguments.OptionalText(0, "a separator"), arguments.Integer(1, "maxsplit", -1)), "sep?", "maxsplit?"),
        new("rsplit", (run, self, arguments) => Splitting.SplitFromEnd(
            run, Text(self), arguments.OptionalText(0, "a separator"), arguments.Integer(1, "maxsplit", -1)), "sep?", "maxsplit?"),
        new("splitlines", (run, self, arguments) => Sequences.Strings(Splitting.Lines(run, Text(self), arguments.Flag(0))), "keepends?"),
        new("partition", (run, self, arguments) =>
            Splitting.Partition(run, Text(self), arguments.Text(0, "a separator"), fromEnd: false), "sep"),
        new("rpartition", (run, self, arguments) =>
            Splitting.Partition(run, Text(self), arguments.Text(0, "a separator"), fromEnd: true), "sep"),
        new("ljust", (run, self, arguments) => Pad(run, self, arguments, 0), "width", "fillchar?"),
        new("rjust", (run, self, arguments) => Pad(run, self, arguments, 1), "width", "fillchar?"),
        new("center", (run, self, arguments) => Pad(run, self, arguments, 0.5), "width", "fillchar?"),
        new("zfill", ZeroFill, "width"),
        new("expandtabs", ExpandTabs, "tabsize?"),
    ];

    /// <summary>The items' texts with a separator between; all must be strings.</summary>
    private static StringValue Join(Rendering run, Value separator, Value items)
    {
        var joined = new PromptText(run);
        var isFirst = true;
        foreach (var item in Sequences.Items(run, items))
        {
            run.Step();
            var text = item as StringValue ?? throw new TemplateException($"'join' takes strings, not {Described.Of(item)}");
            joined.Append(isFirst ? "" : Text(separator));
            joined.Append(text.Text);
            isFirst = false;
        }

        return new StringValue(joined.ToString());
    }

    /// <summary>A text between blanks.</summary>
    /// <param name="run">The rendering.</param>
    /// <param name="text">The text.</param>
    /// <param name="width">The length to reach, in code points.</param>
    /// <param name="fill">The blank.</param>
    /// <param name="left">Which part of the blanks comes first.</param>
    public static StringValue Pad(Rendering run, StringValue text, int width, char fill, double left)
    {
        var blanks = width - text.Length(run);
        if (blanks <= 0)
        {
            return text;
        }

        // Python's odd blank goes where the width is odd.
        var before = left == 0.5 ? (blanks / 2) + (blanks & width & 1) : (int)(blanks * left);
        var padded = new PromptText(run);
        padded.Append(fill, before);
        padded.Append(text.Text);
        padded.Append(fill, blanks - before);
        return new StringValue(padded.ToString());
    }

    private static string Text(Value self) => ((StringValue)self).Text;

    private static Builtin Simple(string name, Func<string, string> change) => new(name, (run, self, _) =>
    {
        run.Step(Text(self).Length);
        return new StringValue(change(Text(self)));
    });

    private static StringValue Replace(Rendering run, Value self, Value?[] arguments)
    {
        var (old, fresh) = (arguments.Text(0, "what is replaced"), arguments.Text(1, "the replacement"));
        return new StringValue(Replacement.Of(run, Text(self), old, fresh, arguments.Integer(2, "the count", -1)));
    }

    private static StringValue WithoutPrefix(Rendering run, Value self, string prefix)
    {
        run.Make(Text(self).Length);
        return Text(self).StartsWith(prefix, StringComparison.Ordinal) ? new StringValue(Text(self)[prefix.Length..]) : (StringValue)self;
    }

    private static StringValue WithoutSuffix(Rendering run, Value self, string suffix)
    {
        run.Make(Text(self).Length);
        return Text(self).EndsWith(suffix, StringComparison.Ordinal) ? new StringValue(Text(self)[..^suffix.Length]) : (StringValue)self;
    }

    private static StringValue Strip(Rendering run, Value self, Value?[] arguments, bool start, bool end)
    {
        run.Make(Text(self).Length);
        return new StringValue(arguments.OptionalText(0, "what is stripped") is { } characters
            ? Characters.Trim(run, Text(self), characters, start, end)
            : Characters.Trim(Text(self), start, end));
    }

    private static StringValue Pad(Rendering run, Value self, Value?[] arguments, double left)
    {
        var fill = arguments.OptionalText(1, "the fill character") ?? " ";
        return fill.Length == 1
            ? Pad(run, (StringValue)self, arguments.Integer(0, "a width", 0), fill[0], left)
            : throw new TemplateException("the fill character has to be one character");
    }

    private static StringValue ZeroFill(Rendering run, Value self, Value?[] arguments)
    {
        var text = Text(self);
        var sign = text.StartsWith('-') || text.StartsWith('+') ? text[..1] : "";
        var digits = Pad(run, new StringValue(text[sign.Length..]), arguments.Integer(0, "a width", 0) - sign.Length, '0', 1);
        return new StringValue(sign + digits.Text);
    }

    private static StringValue ExpandTabs(Rendering run, Value self, Value?[] arguments)
    {
        var size = Math.Max(0, arguments.Integer(0, "the size of a tab", 8));
        var expanded = new PromptText(run);
        var column = 0;
        foreach (var unit in Text(self))
        {
            if (unit == '\t')
            {
                var blanks = size == 0 ? 0 : size - (column % size);
                expanded.Append(' ', blanks);
                column += blanks;
            }
            else
            {
                expanded.Append(unit);
                column = unit is '\n' or '\r' ? 0 : column + (char.IsLowSurrogate(unit) ? 0 : 1);
            }
        }

        return new StringValue(expanded.ToString());
    }
}

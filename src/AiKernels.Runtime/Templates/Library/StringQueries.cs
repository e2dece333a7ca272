using System.Globalization;
using System.Text;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Methods of strings that say something about them.</summary>
internal static class StringQueries
{
    public static Builtin[] All { get; } =
    [
        new("startswith", (run, self, arguments) => Affix(run, self, arguments, atEnd: false), "prefix", "start?", "end?"),
        new("endswith", (run, self, arguments) => Affix(run, self, arguments, atEnd: true), "suffix", "start?", "end?"),
        new("find", (run, self, arguments) => Find(run, self, arguments, last: false), "sub", "start?", "end?"),
        new("rfind", (run, self, arguments) => Find(run, self, arguments, last: true), "sub", "start?", "end?"),
        new("index", (run, self, arguments) => Found(Find(run, self, arguments, last: false)), "sub", "start?", "end?"),
        new("rindex", (run, self, arguments) => Found(Find(run, self, arguments, last: true)), "sub", "start?", "end?"),
        new("count", Count, "sub", "start?", "end?"),
        Every("isdigit", rune => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0),
        Every("isdecimal", Rune.IsDigit),
        Every("isnumeric", Rune.IsNumber),
        Every("isalpha", Rune.IsLetter),
        Every("isalnum", rune => Rune.IsLetter(rune) || Rune.IsNumber(rune)),
        Every("isspace", rune => rune.IsBmp && Characters.IsSpace((char)rune.Value)),
        new("isascii", (run, self, _) => BooleanValue.Of(Ascii.IsValid(Read(run, self)))),
        new("isupper", (run, self, _) => BooleanValue.Of(IsUpper(Read(run, self)))),
        new("islower", (run, self, _) => BooleanValue.Of(IsLower(Read(run, self)))),
        new("istitle", (run, self, _) => BooleanValue.Of(
            Read(run, self) is var text && text == Characters.Title(text) && text.EnumerateRunes().Any(Characters.IsCased))),
    ];

    /// <summary>Whether there are letters in upper case and none in lower case.</summary>
    public static bool IsUpper(string text) => text.EnumerateRunes().Any(Rune.IsUpper) && !text.EnumerateRunes().Any(Rune.IsLower);

    /// <summary>Whether there are letters in lower case and none in upper case.</summary>
    public static bool IsLower(string text) => text.EnumerateRunes().Any(Rune.IsLower) && !text.EnumerateRunes().Any(Rune.IsUpper);

    private static Builtin Every(string name, Predicate<Rune> has) => new(name, (run, self, _) =>
    {
        var text = Read(run, self);
        return BooleanValue.Of(text.Length != 0 && text.EnumerateRunes().All(rune => has(rune)));
    });

    private static string Read(Rendering run, Value self)
    {
        var text = ((StringValue)self).Text;
        run.Step(text.Length);
        return text;
    }

    private static BooleanValue Affix(Rendering run, Value self, Value?[] arguments, bool atEnd)
    {
        var text = Window(run, (StringValue)self, arguments, out var start);
        var affixes = arguments[0] is TupleValue several ? several.Items : [arguments[0]!];
        foreach (var affix in affixes)
        {
            if (affix is not StringValue { Text: var part })
            {
                throw new TemplateException($"'{(atEnd ? "endswith" : "startswith")}' takes strings, not {Described.Of(affix)}");
            }

            run.Step();
            run.Read(part.Length);
            if (start >= 0 && (atEnd ? text.EndsWith(part) : text.StartsWith(part)))
            {
                return BooleanValue.True;
            }
        }

        return BooleanValue.False;
    }

    private static IntegerValue Find(Rendering run, Value self, Value?[] arguments, bool last)
    {
        var (text, part) = ((StringValue)self, arguments.Text(0, "what is looked for"));
        var window = Window(run, text, arguments, out var start);
        if (start < 0)
        {
            return IntegerValue.Of(-1L);
        }

        var end = start + window.Length;
        var searched = end == text.Text.Length ? text.Text : text.Text[..end];
        var found = last ? TextSearch.Last(run, searched, part, end) : TextSearch.First(run, searched, part, start);
        return IntegerValue.Of(found < start ? -1L : text.CodePointOf(run, found));
    }

    private static IntegerValue Found(IntegerValue place) =>
        place.Value >= 0 ? place : throw new TemplateException("'index' doesn't find this in the string");

    private static IntegerValue Count(Rendering run, Value self, Value?[] arguments)
    {
        var part = arguments.Text(0, "what is counted");
        var text = new StringValue(Window(run, (StringValue)self, arguments, out var start).ToString());
        if (part.Length == 0)
        {
            return IntegerValue.Of(start < 0 ? 0 : (long)text.Length(run) + 1);
        }

        var count = 0L;
        for (var place = 0; TextSearch.First(run, text.Text, part, place) is >= 0 and var found; place = found + part.Length)
        {
            run.Step();
            count++;
        }

        return IntegerValue.Of(count);
    }

    // The part that a method looks at; start is -1 where it lies behind the end.
    private static ReadOnlySpan<char> Window(Rendering run, StringValue text, Value?[] arguments, out int start)
    {
        start = 0;
        if (arguments[1] is null or NoneValue && arguments[2] is null or NoneValue)
        {
            return text.Text;
        }

        var length = text.Length(run);
        var first = Place(arguments.OptionalInteger(1, "a start", 0));
        var end = Math.Min(Place(arguments.OptionalInteger(2, "an end", length)), length);
        if (first > end)
        {
            start = -1;
            return default;
        }

        run.Make(text.Text.Length);
        start = text.UnitOf(run, first);
        return text.Text.AsSpan(start..text.UnitOf(run, end));

        int Place(int place) => place < 0 ? Math.Max(0, place + length) : place;
    }
}

using System.Globalization;
using System.Text;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Filters of HTML and addresses. Prompts are no HTML: nothing is escaped unless a template asks for it.</summary>
internal static class MarkupFilters
{
    public static Builtin[] All { get; } =
    [
        new("safe", (run, value, _) => new StringValue(TextFilters.Text(run, value), isSafe: true)),
        new("escape", (run, value, _) => value is StringValue { IsSafe: true } ? value : Escape(run, value)),
        new("forceescape", (run, value, _) => Escape(run, value)),
        new("striptags", (run, value, _) => new StringValue(StripTags(run, TextFilters.Text(run, value)))),
        new("urlencode", (run, value, _) => new StringValue(UrlEncode(run, value))),
    ];

    private static StringValue Escape(Rendering run, Value value)
    {
        var escaped = new PromptText(run);
        foreach (var unit in TextFilters.Text(run, value))
        {
            switch (unit)
            {
                case '&': escaped.Append("&amp;"); break;
                case '<': escaped.Append("&lt;"); break;
                case '>': escaped.Append("&gt;"); break;
                case '"': escaped.Append("&#34;"); break;
                case '\'': escaped.Append("&#39;"); break;
                default: escaped.Append(unit); break;
            }
        }

        return new StringValue(escaped.ToString(), isSafe: true);
    }

    // White space in a row becomes one space.
    private static string StripTags(Rendering run, string text)
    {
        var kept = new PromptText(run);
        for (var at = 0; at < text.Length; at++)
        {
            var end = text[at] == '<' ? text.IndexOf('>', at) : -1;
            if (text[at] == '<' && end < 0)
            {
                kept.Append(text.AsSpan(at)); // None follows either: looking for each would take a square of time.
                break;
            }

            if (end >= 0)
            {
                at = end;
            }
            else
            {
                kept.Append(text[at]);
            }
        }

        return string.Join(' ', kept.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string UrlEncode(Rendering run, Value value)
    {
        var encoded = new PromptText(run);
        if (value is StringValue || !Sequences.IsIterable(value))
        {
            Append(encoded, TextFilters.Text(run, value), isQuery: false);
            return encoded.ToString();
        }

        foreach (var pair in value is MappingValue mapping ? MappingMethods.Pairs(run, mapping) : Sequences.Items(run, value))
        {
            run.Step();
            if (Sequences.Items(run, pair) is not [var key, var part])
            {
                throw new TemplateException("'urlencode' takes a text, a mapping, or pairs of key and value");
            }

            encoded.Append(encoded.Length == 0 ? "" : "&");
            Append(encoded, TextFilters.Text(run, key), isQuery: true);
            encoded.Append('=');
            Append(encoded, TextFilters.Text(run, part), isQuery: true);
        }

        return encoded.ToString();
    }

    private static void Append(PromptText encoded, string text, bool isQuery)
    {
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || "-._~".Contains((char)octet, StringComparison.Ordinal) || octet == '/' && !isQuery)
            {
                encoded.Append((char)octet);
            }
            else
            {
                encoded.Append(octet == ' ' && isQuery ? "+" : string.Create(CultureInfo.InvariantCulture, $"%{octet:X2}"));
            }
        }
    }
}

using System.Globalization;
using System.Text;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Values as text: <c>str()</c> as they are printed, and <c>repr()</c> as they stand within lists and mappings.</summary>
internal static class PythonText
{
    /// <summary>The value as it is printed.</summary>
    public static string Of(Rendering run, Value value)
    {
        switch (value)
        {
            case StringValue text:
                return text.Text;
            case UndefinedValue:
                return "";
            case IntegerValue integer:
                return integer.Value.ToString(CultureInfo.InvariantCulture);
            default:
                return Quoted(run, value);
        }
    }

    /// <summary>Prints the value.</summary>
    public static void Append(PromptText text, Rendering run, Value value)
    {
        if (value is StringValue or UndefinedValue or IntegerValue)
        {
            text.Append(Of(run, value));
        }
        else
        {
            AppendQuoted(text, run, value);
        }
    }

    /// <summary>The value as it would stand in a program.</summary>
    public static string Quoted(Rendering run, Value value)
    {
        var text = new PromptText(run);
        AppendQuoted(text, run, value);
        return text.ToString();
    }

    private static void AppendQuoted(PromptText text, Rendering run, Value value)
    {
        run.Step();
        switch (value)
        {
            case StringValue characters:
                AppendQuoted(text, characters.Text);
                break;
            case FloatValue number:
                text.Append(FloatText.Shortest(number.Value));
                break;
            case ListValue list:
                AppendItems(text, run, "[", list.Items, "]");
                break;
            case TupleValue tuple:
                AppendItems(text, run, "(", tuple.Items, tuple.Count == 1 ? ",)" : ")");
                break;
            case ViewValue view:
                AppendItems(text, run, $"{view.Name}([", view.Items, "])");
                break;
            case MappingValue mapping:
                AppendItems(text, run, "{", mapping.Items.Select(item => (item.Key, item.Value)));
                text.Append('}');
                break;
            case NamespaceValue names:
                AppendItems(text, run, "<Namespace {", names.Items.Select(item => ((Value)new StringValue(item.Key), item.Value)));
                text.Append("}>");
                break;
            default:
                text.Append(Word(value));
                break;
        }
    }

    private static string Word(Value value) => value switch
    {
        NoneValue => "None",
        BooleanValue boolean => boolean.IsTrue ? "True" : "False",
        IntegerValue integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        UndefinedValue => "Undefined",
        RangeValue range => range.Step == 1
            ? string.Create(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop})")
            : string.Create(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}, {range.Step})"),
        MacroValue macro => $"<Macro '{macro.Name}'>",
        FunctionValue function => $"<function {function.Name}>",
        LoopValue loop => string.Create(CultureInfo.InvariantCulture, $"<LoopContext {loop.Index + 1}/{loop.Count}>"),
        _ => $"<{value.Kind[(value.Kind.IndexOf(' ', StringComparison.Ordinal) + 1)..]}>",
    };

    private static void AppendItems(PromptText text, Rendering run, string open, IReadOnlyList<Value> items, string close)
    {
        run.Enter();
        text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            AppendQuoted(text, run, items[i]);
        }

        text.Append(close);
        run.Leave();
    }

    private static void AppendItems(PromptText text, Rendering run, string open, IEnumerable<(Value Key, Value Value)> items)
    {
        run.Enter();
        text.Append(open);
        var separator = "";
        foreach (var (key, value) in items)
        {
            text.Append(separator);
            AppendQuoted(text, run, key);
            text.Append(": ");
            AppendQuoted(text, run, value);
            separator = ", ";
        }

        run.Leave();
    }

    // Single quotes, unless only those are in the text.
    private static void AppendQuoted(PromptText text, string characters)
    {
        var quote = characters.Contains('\'', StringComparison.Ordinal) && !characters.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Append(quote);
        Span<char> units = stackalloc char[2];
        foreach (var rune in characters.EnumerateRunes())
        {
            if (rune.Value == quote || rune.Value == '\\')
            {
                text.Append('\\');
                text.Append((char)rune.Value);
            }
            else if (rune.IsAscii ? rune.Value is >= ' ' and < 0x7F : IsPrintable(rune))
            {
                text.Append(units[..rune.EncodeToUtf16(units)]);
            }
            else
            {
                text.Append(Escape(rune));
            }
        }

        text.Append(quote);
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static string Escape(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        <= 0xFF => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        <= 0xFFFF => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
    };
}

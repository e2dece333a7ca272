using System.Globalization;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Values as JSON, in the form of Python's <c>json.dumps</c>, on which models were trained.</summary>
internal sealed class JsonText
{
    private readonly Rendering _run;
    private readonly PromptText _text;
    private readonly bool _isAscii, _sortsKeys;
    private readonly string? _indent;
    private readonly string _itemSeparator, _keySeparator;
    private int _level;

    private JsonText(Rendering run, bool isAscii, string? indent, (string Item, string Key) separators, bool sortsKeys)
    {
        _run = run;
        _text = new PromptText(run);
        _isAscii = isAscii;
        _indent = indent;
        _sortsKeys = sortsKeys;
        (_itemSeparator, _keySeparator) = separators;
    }

    /// <summary>The value as JSON.</summary>
    /// <param name="run">The rendering.</param>
    /// <param name="value">The value.</param>
    /// <param name="isAscii">Whether all other characters are escaped.</param>
    /// <param name="indent">What each level is indented by; null for one line.</param>
    /// <param name="separators">What stands between items, and between key and value.</param>
    /// <param name="sortsKeys">Whether keys come in their order.</param>
    public static string Of(
        Rendering run, Value value, bool isAscii, string? indent, (string Item, string Key) separators, bool sortsKeys)
    {
        var json = new JsonText(run, isAscii, indent, separators, sortsKeys);
        json.Write(value);
        return json._text.ToString();
    }

    private void Write(Value value)
    {
        _run.Step();
        switch (value)
        {
            case StringValue text:
                Write(text.Text);
                break;
            case MappingValue mapping:
                Write(mapping);
                break;
            case ListValue or TupleValue:
                Write((SequenceValue)value);
                break;
            default:
                _text.Append(Word(value) ?? throw new TemplateException($"{Described.Of(value)} can't be written as JSON"));
                break;
        }
    }

    private static string? Word(Value value) => value switch
    {
        NoneValue => "null",
        BooleanValue boolean => boolean.IsTrue ? "true" : "false",
        IntegerValue integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        FloatValue { Value: double.NaN } => "NaN",
        FloatValue { Value: double.PositiveInfinity } => "Infinity",
        FloatValue { Value: double.NegativeInfinity } => "-Infinity",
        FloatValue number => FloatText.Shortest(number.Value),
        _ => null,
    };

    private void Write(SequenceValue items)
    {
        if (items.Count == 0)
        {
            _text.Append("[]");
            return;
        }

        Open('[');
        for (var i = 0; i < items.Count; i++)
        {
            Separate(isFirst: i == 0);
            Write(items[i]);
        }

        Close(']');
    }

    private void Write(MappingValue mapping)
    {
        if (mapping.Items.Count == 0)
        {
            _text.Append("{}");
            return;
        }

        Open('{');
        var isFirst = true;
        foreach (var (key, value) in Entries(mapping))
        {
            Separate(isFirst);
            isFirst = false;
            Write(key is StringValue text ? text.Text
                : Word(key) ?? throw new TemplateException($"{Described.Of(key)} can't be a key in JSON"));
            _text.Append(_keySeparator);
            Write(value);
        }

        Close('}');
    }

    private IReadOnlyList<KeyValuePair<Value, Value>> Entries(MappingValue mapping) => _sortsKeys
        ? MergeSort.Sort(_run, [.. mapping.Items], (a, b) => Comparison.Compare(_run, a.Key, b.Key))
        : mapping.Items;

    private void Open(char bracket)
    {
        _run.Enter();
        _level++;
        _text.Append(bracket);
    }

    private void Separate(bool isFirst)
    {
        _text.Append(isFirst ? "" : _itemSeparator);
        BreakLine();
    }

    private void Close(char bracket)
    {
        _level--;
        BreakLine();
        _text.Append(bracket);
        _run.Leave();
    }

    private void BreakLine()
    {
        if (_indent is not null)
        {
            _text.Append('\n');
            for (var i = 0; i < _level; i++)
            {
                _text.Append(_indent);
            }
        }
    }

    private void Write(string text)
    {
        _text.Append('"');
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (NeedsEscape(text[i]))
            {
                _text.Append(text.AsSpan(start, i - start));
                _text.Append(Escape(text[i]));
                start = i + 1;
            }
        }

        _text.Append(text.AsSpan(start));
        _text.Append('"');
    }

    private bool NeedsEscape(char unit) => unit is < ' ' or '"' or '\\' || _isAscii && unit > '~';

    private static string Escape(char unit) => unit switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\f' => "\\f",
        '\b' => "\\b",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}"),
    };
}

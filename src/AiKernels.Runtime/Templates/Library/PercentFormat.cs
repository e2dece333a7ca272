using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Python's <c>%</c> on strings: <c>%s</c>, <c>%-5d</c>, <c>%.2f</c>, <c>%(name)s</c>.</summary>
internal sealed class PercentFormat
{
    private readonly Rendering _run;
    private readonly string _format;
    private readonly Value _values;
    private int _at;
    private int _next;

    private PercentFormat(Rendering run, string format, Value values)
    {
        _run = run;
        _format = format;
        _values = values;
    }

    /// <param name="run">The rendering.</param>
    /// <param name="format">The format.</param>
    /// <param name="values">A tuple of the values, a mapping of their names, or the only one.</param>
    public static string Format(Rendering run, string format, Value values) => new PercentFormat(run, format, values).Format();

    private string Format()
    {
        var text = new PromptText(_run);
        while (_at < _format.Length)
        {
            var percent = _format.IndexOf('%', _at);
            text.Append(_format.AsSpan(_at, percent < 0 ? _format.Length - _at : percent - _at));
            if (percent < 0)
            {
                break;
            }

            _run.Step();
            _at = percent + 1;
            text.Append(Field());
        }

        return _next < Count && _values is not (MappingValue or ListValue or RangeValue or UndefinedValue)
            ? throw new TemplateException("a format with % has fewer fields than values")
            : text.ToString();
    }

    private int Count => _values is TupleValue tuple ? tuple.Count : 1;

    private string Field()
    {
        if (Take('%'))
        {
            return "%";
        }

        var name = Take('(') ? Name() : null;
        var spec = new FormatSpec { Align = '>' };
        while (_at < _format.Length && "-+ 0#".Contains(_format[_at], StringComparison.Ordinal))
        {
            _run.Step();
            spec = Flag(spec, _format[_at++]);
        }

        spec = spec with { Width = Take('*') ? Number.SmallOf(Next(), "a width") : FormatSpec.Digits(_run, _format, ref _at) ?? 0 };
        if (Take('.'))
        {
            spec = spec with { Precision = Take('*') ? Number.SmallOf(Next(), "a precision") : FormatSpec.Digits(_run, _format, ref _at) ?? 0 };
        }

        var type = _at < _format.Length ? _format[_at++] : throw new TemplateException("a format ends within a field");
        return Write(spec, type, name is null ? Next() : Named(name));
    }

    private static FormatSpec Flag(FormatSpec spec, char flag) => flag switch
    {
        '-' => spec with { Align = '<', Fill = ' ' },
        '0' => spec.Align == '<' ? spec : spec with { Align = '=', Fill = '0' },
        '#' => spec with { HasPrefix = true },
        _ => spec with { Sign = spec.Sign == '+' ? '+' : flag },
    };

    private string Write(FormatSpec spec, char type, Value value)
    {
        switch (type)
        {
            case 's':
                return Text(spec, PythonText.Of(_run, value));
            case 'r':
                return Text(spec, PythonText.Quoted(_run, value));
            case 'd' or 'i' or 'u':
                return Integer(spec with { Type = 'd', HasPrefix = false }, Whole(value));
            case 'x' or 'X' or 'o':
                return Integer(spec with { Type = type }, value);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                return FormattedField.Of(_run, spec with { Type = type }, value);
            case 'c' when value is StringValue text:
                return text.Length(_run) == 1 ? Text(spec, text.Text) : throw new TemplateException("'%c' takes a string of one character");
            case 'c':
                return FormattedField.Of(_run, spec with { Type = type }, value);
            default:
                throw new TemplateException($"{Quoted.Name($"%{type}")} is no field of a format");
        }
    }

    private string Text(FormatSpec spec, string text)
    {
        var own = new FormatSpec { Type = 's', Align = spec.Align == '=' ? '>' : spec.Align, Width = spec.Width, Precision = spec.Precision };
        return FormattedField.Of(_run, own, new StringValue(text));
    }

    private string Integer(FormatSpec spec, Value value) =>
        FormattedField.Of(_run, spec with { LeastDigits = Math.Max(0, spec.Precision), Precision = -1 }, value);

    private static Value Whole(Value value) => value is FloatValue number ? NumberFilters.Truncate(number.Value) : value;

    private Value Next()
    {
        var index = _next++;
        return index >= Count ? throw new TemplateException("a format with % has more fields than values")
            : _values is TupleValue tuple ? tuple[index]
            : _values;
    }

    private Value Named(string name) => _values is MappingValue mapping
        ? mapping.Items.GetValueOrDefault(new StringValue(name))
            ?? throw new TemplateException($"a format has no value {Quoted.Name(name)}")
        : throw new TemplateException("a format with names needs a mapping");

    private string Name()
    {
        var end = _format.IndexOf(')', _at);
        if (end < 0)
        {
            throw new TemplateException("a format has a '(' without ')'");
        }

        _run.Read(end - _at);
        var name = _format[_at..end];
        _at = end + 1;
        return name;
    }

    private bool Take(char character)
    {
        var isHere = _at < _format.Length && _format[_at] == character;
        _at += isHere ? 1 : 0;
        return isHere;
    }
}

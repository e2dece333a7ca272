using System.Globalization;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>
/// Python's <c>str.format</c>: <c>{}</c>, <c>{0}</c>, <c>{name.part[0]!r:>8}</c>. Fields reach what templates reach, and no more.
/// </summary>
internal sealed class BraceFormat
{
    private const int DeepestFields = 2; // A format may itself have fields, and these none.

    private readonly Rendering _run;
    private readonly Arguments _arguments;
    private int _next;
    private bool _isCounted;

    private BraceFormat(Rendering run, Arguments arguments)
    {
        _run = run;
        _arguments = arguments;
    }

    public static string Format(Rendering run, string format, Arguments arguments) =>
        new BraceFormat(run, arguments).Format(format, 1);

    private string Format(string format, int depth)
    {
        if (depth > DeepestFields)
        {
            throw new TemplateException("a format's fields are nested too deeply");
        }

        var text = new PromptText(_run);
        for (var at = 0; at < format.Length;)
        {
            var brace = format.AsSpan(at).IndexOfAny('{', '}');
            text.Append(format.AsSpan(at, brace < 0 ? format.Length - at : brace));
            if (brace < 0)
            {
                break;
            }

            _run.Step();
            at += brace;
            if (at + 1 < format.Length && format[at + 1] == format[at])
            {
                text.Append(format[at]);
                at += 2;
                continue;
            }

            var end = format[at] == '{' ? End(format, at) : throw new TemplateException("a format has a '}' without '{'");
            _run.Read(end - at);
            text.Append(Field(format[(at + 1)..end], depth));
            at = end + 1;
        }

        return text.ToString();
    }

    private static int End(string format, int at)
    {
        var open = 0;
        for (; at < format.Length; at++)
        {
            open += format[at] == '{' ? 1 : format[at] == '}' ? -1 : 0;
            if (open == 0)
            {
                return at;
            }
        }

        throw new TemplateException("a format has a '{' without '}'");
    }

    private string Field(string field, int depth)
    {
        var colon = field.AsSpan().IndexOf(':');
        var (name, spec) = colon < 0 ? (field, "") : (field[..colon], Format(field[(colon + 1)..], depth + 1));
        var conversion = name.Length >= 2 && name[^2] == '!' ? name[^1] : '\0';
        var value = Find(conversion == '\0' ? name : name[..^2]);
        value = conversion switch
        {
            '\0' => value,
            's' => new StringValue(PythonText.Of(_run, value)),
            'r' => new StringValue(PythonText.Quoted(_run, value)),
            _ => throw new TemplateException($"'!{conversion}' is no conversion of a format"),
        };
        return FormattedField.Of(_run, FormatSpec.Parse(_run, spec), value);
    }

    private Value Find(string path)
    {
        var end = path.AsSpan().IndexOfAny('.', '[') is >= 0 and var found ? found : path.Length;
        var value = Argument(path[..end]);
        while (end < path.Length)
        {
            _run.Step();
            var isName = path[end] == '.';
            var rest = path.AsSpan(end + 1);
            var length = isName ? rest.IndexOfAny('.', '[') : rest.IndexOf(']');
            length = length < 0 ? isName ? rest.Length : throw new TemplateException("a format has a '[' without ']'") : length;
            var part = rest[..length].ToString();
            value = isName
                ? Members.Attribute(_run, value, new StringValue(part), Methods.Named(part))
                : Members.Item(_run, value, Key(part));
            end += length + (isName ? 1 : 2);
        }

        return value;
    }

    private Value Argument(string name)
    {
        var isPlace = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index);
        _isCounted |= isPlace;
        if (name.Length == 0)
        {
            index = _next++;
        }

        if (_isCounted && _next > 0)
        {
            throw new TemplateException("a format counts its fields either all or not at all: {0} and {} don't go together");
        }

        if (isPlace || name.Length == 0)
        {
            return At(index);
        }

        _run.Step(_arguments.Named.Length);
        return _arguments.Find(name) ?? throw new TemplateException($"a format has no argument {Quoted.Name(name)}");
    }

    private Value At(int index) => index < _arguments.Positional.Length
        ? _arguments.Positional[index]
        : throw new TemplateException($"a format has no argument {index}");

    private static Value Key(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        ? IntegerValue.Of((long)index)
        : new StringValue(key);
}

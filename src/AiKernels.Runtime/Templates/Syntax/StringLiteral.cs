using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>A string between quotes, with Python's escapes. A backslash before any other character stays.</summary>
internal static class StringLiteral
{
    /// <summary>Reads the string that begins at <paramref name="at"/>, which then is behind it.</summary>
    public static string Read(string source, ref int at)
    {
        var begin = at;
        var quote = source[at++];
        var text = new StringBuilder();
        while (true)
        {
            if (at == source.Length)
            {
                throw new TemplateException("a string has no end", begin);
            }

            var unit = source[at++];
            if (unit == quote)
            {
                return text.ToString();
            }

            if (unit == '\\' && at < source.Length)
            {
                ReadEscape(source, ref at, text);
            }
            else
            {
                text.Append(unit);
            }
        }
    }

    private static void ReadEscape(string source, ref int at, StringBuilder text)
    {
        var letter = source[at++];
        switch (letter)
        {
            case '\n':
                break;
            case '\\' or '\'' or '"':
                text.Append(letter);
                break;
            case 'n':
                text.Append('\n');
                break;
            case 'r':
                text.Append('\r');
                break;
            case 't':
                text.Append('\t');
                break;
            case 'a':
                text.Append('\a');
                break;
            case 'b':
                text.Append('\b');
                break;
            case 'f':
                text.Append('\f');
                break;
            case 'v':
                text.Append('\v');
                break;
            case 'x':
                text.Append((char)Hexadecimal(source, ref at, 2));
                break;
            case 'u':
                text.Append((char)Hexadecimal(source, ref at, 4));
                break;
            case 'U':
                AppendCodePoint(text, Hexadecimal(source, ref at, 8), at);
                break;
            case 'N':
                throw new TemplateException("characters can't be written by their names here", at - 2);
            case >= '0' and <= '7':
                text.Append((char)Octal(source, ref at, letter - '0'));
                break;
            default:
                text.Append('\\').Append(letter);
                break;
        }
    }

    private static uint Hexadecimal(string source, ref int at, int length)
    {
        if (at + length > source.Length
            || !uint.TryParse(source.AsSpan(at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            throw new TemplateException($"'\\{source[at - 1]}' needs {length} hexadecimal digits", at - 2);
        }

        at += length;
        return code;
    }

    private static int Octal(string source, ref int at, int code)
    {
        for (var digits = 1; digits < 3 && at < source.Length && source[at] is >= '0' and <= '7'; digits++)
        {
            code = (code * 8) + source[at++] - '0';
        }

        return code;
    }

    private static void AppendCodePoint(StringBuilder text, uint code, int at)
    {
        if (code > 0x10FFFF)
        {
            throw new TemplateException("there is no such character", at - 10);
        }

        if (code > char.MaxValue)
        {
            text.Append(char.ConvertFromUtf32((int)code));
        }
        else
        {
            text.Append((char)code);
        }
    }
}

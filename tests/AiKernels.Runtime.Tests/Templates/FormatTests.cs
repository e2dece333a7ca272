using AiKernels.Runtime.Templates;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Fields of formats, as Python 3.11 writes and refuses them.</summary>
public sealed class FormatTests
{
    [Theory]
    [InlineData("{:05}|{:05}|{:<05}|{:*^05}", "'x', -7, 'y', 3", "x0000|-0007|y0000|**3**")]
    [InlineData("{:010,}|{:08,}|{:09,.1f}|{:,}|{:_x}|{:_b}", "1, 1, -12.5, -1234567, 123456789012, 255", "00,000,001|0,000,001|-00,012.5|-1,234,567|1c_be99_1a14|1111_1111")]
    [InlineData("{:5}|{:d}|{}|{:>6}|{:5s}|{:.2s}", "true, true, true, 'a', 'b', 'cde'", "    1|1|True|     a|b    |cd")]
    [InlineData("{}{}{}{}", "none, [1], x, {}", "None[1]{}")]
    [InlineData("{:c}{:c}{:#x}{:#o}", "65, 128512, 255, 8", "A😀0xff0o10")]
    public void Braces_are_filled(string format, string values, string expected) =>
        Assert.Equal(expected, Templates.Render($"{{{{ '{format}'.format({values}) }}}}"));

    [Theory]
    [InlineData("%.5d|%.3x|%#.4o|%8.3d|%-6.2d|%+.3d", "7, -10, 8, 5, 3, 2", "00007|-00a|0o0010|     005|03    |+002")]
    [InlineData("%c%c%c|%+s|%#d|%05s", "65, 'é', 128512, 'a', 3, 'b'", "Aé😀|a|3|    b")]
    [InlineData("%%%s%%", "1,", "%1%")]
    public void Percents_are_filled(string format, string values, string expected) =>
        Assert.Equal(expected, Templates.Render($"{{{{ '{format}' % ({values}) }}}}"));

    [Theory]
    [InlineData("'{:>5}'.format(none)", "none can't be formatted like this")]
    [InlineData("'{:>5}'.format([1])", "a list can't be formatted like this")]
    [InlineData("'{:>5}'.format(x)", "'x' is undefined, so it can't be formatted like this")]
    [InlineData("'{:+}'.format('a')", "a string can't be formatted like this")]
    [InlineData("'{:,}'.format('a')", "a string can't be formatted like this")]
    [InlineData("'{:=5}'.format('a')", "a string can't be formatted like this")]
    [InlineData("'{:s}'.format(true)", "a boolean can't be formatted like this")]
    [InlineData("'{:d}'.format(1.5)", "a float can't be formatted as 'd'")]
    [InlineData("'{:,x}'.format(255)", "an integer can't be formatted as 'x'")]
    [InlineData("'{:.2d}'.format(1)", "an integer can't be formatted as 'd'")]
    [InlineData("'{:#g}'.format(1.5)", "a float can't be formatted as 'g'")]
    [InlineData("'{0}{}'.format(1)", "a format counts its fields either all or not at all: {0} and {} don't go together")]
    [InlineData("'{}{0}'.format(1)", "a format counts its fields either all or not at all: {0} and {} don't go together")]
    [InlineData("'%c' % 'ab'", "'%c' takes a string of one character")]
    [InlineData("'%5%' % 1", "'%%' is no field of a format")]
    public void What_python_refuses_is_refused(string expression, string problem) => Assert.StartsWith(
        problem, Assert.Throws<TemplateException>(() => Templates.Render($"{{{{ {expression} }}}}")).Message, StringComparison.Ordinal);
}

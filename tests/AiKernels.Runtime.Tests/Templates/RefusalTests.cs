using AiKernels.Runtime.Templates;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>What is wrong with a template is said in a sentence, with its place.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("{{ 1 +", "a tag has no end '}}' (line 1, column 1)")]
    [InlineData("a\n{{ 1 + }}", "a value should stand here instead of '}}' (line 2, column 8)")]
    [InlineData("{{ 'abc }}", "a string has no end (line 1, column 4)")]
    [InlineData("{{ (1 }}", "a '}' closes what wasn't opened by it (line 1, column 7)")]
    [InlineData("{# a", "a comment has no end (line 1, column 1)")]
    [InlineData("{% raw %}", "a 'raw' block has no 'endraw' (line 1, column 1)")]
    [InlineData("{% if 1 %}", "the template ends where 'endif' is missing (line 1, column 11)")]
    [InlineData("{% endif %}", "'endif' is no tag that can stand here (line 1, column 1)")]
    [InlineData("{% foo %}", "'foo' is no tag that can stand here (line 1, column 1)")]
    [InlineData("{% break %}", "'break' stands outside of a loop (line 1, column 1)")]
    [InlineData("{% for i in x %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}", "'break' stands outside of a loop (line 1, column 32)")]
    [InlineData("{% include 'x' %}", "'include' needs other templates, and a chat template stands alone (line 1, column 1)")]
    [InlineData("{% for loop in [1] %}{% endfor %}", "nothing can be assigned to 'loop' here (line 1, column 8)")]
    [InlineData("{% macro m(a=1, b) %}{% endmacro %}", "a parameter without a default follows one with a default (line 1, column 17)")]
    [InlineData("{% macro m(a, b, a) %}{% endmacro %}", "there are two parameters 'a' (line 1, column 18)")]
    [InlineData("{% call 1 %}{% endcall %}", "a 'call' block needs a call (line 1, column 9)")]
    [InlineData("{{ f(a=1, a=2) }}", "the argument 'a' is given twice (line 1, column 11)")]
    [InlineData("{{ f(a=1, 2) }}", "a name and '=' should stand here instead of '2' (line 1, column 11)")]
    [InlineData("{{ 1 is odd is even }}", "tests can't follow each other; 'and' joins them (line 1, column 13)")]
    [InlineData("{{ 08 }}", "a number can't begin with 0 (line 1, column 4)")]
    [InlineData("{{ '\\x4' }}", "'\\x' needs 2 hexadecimal digits (line 1, column 5)")]
    [InlineData("{{ '\\U00110000' }}", "there is no such character (line 1, column 5)")]
    [InlineData("{{ $ }}", "'$' has no meaning here (line 1, column 4)")]
    public void A_template_that_cannot_be_parsed(string template, string message) =>
        Assert.Equal(message, Assert.Throws<TemplateException>(() => ChatTemplate.Parse(template)).Message);

    [Theory]
    [InlineData("\n{{ a.b.c }}", "'a' is undefined, so it has no 'b' (line 2, column 5)")]
    [InlineData("{{ {}.a.b }}", "a mapping has no 'a', so it has no 'b' (line 1, column 8)")]
    [InlineData("{{ x[0] }}", "'x' is undefined, so it has no items (line 1, column 5)")]
    [InlineData("{{ x + 'a' }}", "'x' is undefined, so it can't be an operand of + (line 1, column 6)")]
    [InlineData("{{ 'a' + 1 }}", "a string + an integer has no meaning (line 1, column 8)")]
    [InlineData("{{ 'a'.foo() }}", "a string has no 'foo', so it can't be called (line 1, column 11)")]
    [InlineData("{{ foo() }}", "'foo' is undefined, so it can't be called (line 1, column 7)")]
    [InlineData("{{ 'x'|nofilter }}", "there is no filter 'nofilter' (line 1, column 8)")]
    [InlineData("{{ 'x' is notest }}", "there is no test 'notest' (line 1, column 8)")]
    [InlineData("{{ x|tojson }}", "an undefined value ('x' is undefined) can't be written as JSON (line 1, column 6)")]
    [InlineData("{{ 1 < 'a' }}", "an integer and a string have no order (line 1, column 6)")]
    [InlineData("{{ [1, 'a']|sort }}", "a string and an integer have no order (line 1, column 13)")]
    [InlineData("{% for x in 5 %}{% endfor %}", "an integer has no items to go through (line 1, column 1)")]
    [InlineData("{% for a, b in [(1, 2, 3)] %}{% endfor %}", "a tuple of 3 items can't be taken apart into 2 (line 1, column 8)")]
    [InlineData("{% set a = 1 %}{% set a.b = 2 %}", "only attributes of a namespace can be set, not of an integer (line 1, column 23)")]
    [InlineData("{{ 'a'|replace }}", "'replace' needs an argument 'old' (line 1, column 8)")]
    [InlineData("{{ 'a'.upper(1) }}", "'upper' takes 0 arguments at most and is passed 1 (line 1, column 13)")]
    [InlineData("{{ 'a'|default(value=1) }}", "'default' has no argument 'value' (line 1, column 8)")]
    [InlineData("{{ 'a'|default('b', default_value='c') }}", "'default' gets its argument 'default_value' twice (line 1, column 8)")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "the macro 'm' takes 1 values and is passed 2 (line 1, column 35)")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(b=1) }}", "the macro 'm' has no parameter 'b' (line 1, column 35)")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(1, a=1) }}", "the macro 'm' gets 'a' twice (line 1, column 35)")]
    [InlineData("{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}", "the call of 'm' has no 'a', so it has no 'b' (line 1, column 21)")]
    [InlineData("{% for i in [1] %}{{ loop(i) }}{% endfor %}", "only a loop that is 'recursive' can be called (line 1, column 26)")]
    [InlineData("{{ {[1]: 2} }}", "a list can't be the key of a mapping (line 1, column 4)")]
    [InlineData("{{ 1 / 0 }}", "a number is divided by zero (line 1, column 6)")]
    [InlineData("{{ raise_exception('No.') }}", "No. (line 1, column 19)")]
    [InlineData("{{ '{'.format() }}", "a format has a '{' without '}' (line 1, column 14)")]
    [InlineData("{{ '%d' % 'a' }}", "a string can't be formatted as 'd' (line 1, column 9)")]
    [InlineData("{{ '%y' % 1 }}", "'%y' is no field of a format (line 1, column 9)")]
    [InlineData("{{ ''.split('') }}", "a separator can't be empty (line 1, column 12)")]
    [InlineData("{{ [].pop() }}", "'pop' is beyond the end of the list (line 1, column 10)")]
    [InlineData("{{ {}[1:2] }}", "a mapping can't be sliced (line 1, column 6)")]
    [InlineData("{{ none[1:] }}", "none can't be sliced (line 1, column 8)")]
    [InlineData("{{ 'abc'|truncate(-9999999999) }}", "'truncate' needs a length of at least its end's, and a leeway of 0 or more (line 1, column 10)")]
    [InlineData("{{ 5|truncate }}", "an integer can't be truncated (line 1, column 6)")]
    [InlineData("{{ none|indent }}", "none can't be indented (line 1, column 9)")]
    [InlineData("{{ 'a b'.split(none, none) }}", "maxsplit has to be an integer, not none (line 1, column 15)")]
    [InlineData("{{ [1]|batch(0)|list }}", "'batch' needs a length of 1 or more (line 1, column 8)")]
    [InlineData("{{ dict(x) }}", "'x' is undefined, so it can't be made a mapping (line 1, column 8)")]
    public void A_template_that_cannot_be_rendered(string template, string message) =>
        Assert.Equal(message, Assert.Throws<TemplateException>(() => Templates.Render(template)).Message);

    [Fact]
    public void The_templates_name_is_part_of_the_place()
    {
        var problem = Assert.Throws<TemplateException>(() => ChatTemplate.Parse("a\r\n b {{", "mine"));
        Assert.Equal("a tag has no end '}}' (template mine, line 2, column 4)", problem.Message);
        Assert.Equal(("mine", 2, 4), (problem.Template, problem.Line, problem.Column));
        problem = Assert.Throws<TemplateException>(() => ChatTemplate.Parse("{{ x.y }}", "mine").Render([]));
        Assert.Equal(("mine", 1, 5), (problem.Template, problem.Line, problem.Column));
    }
}

using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Methods and functions, as Jinja 3.1 on Python 3 gives them.</summary>
public sealed class MethodTests
{
    [Theory]
    [InlineData("{{ {}.items() }} {{ {'a':1}.keys() }} {{ {'a':1}.values() }}", "dict_items([]) dict_keys(['a']) dict_values([1])")]
    [InlineData("{{ cycler(1,2).next() }}", "1")]
    [InlineData("{{ 'abc' is sequence }} {{ {} is sequence }} {{ {} is iterable }} {{ 1 is iterable }} {{ {}.items() is sequence }} {{ range(3) is sequence }} {{ true is number }} {{ true is integer }} {{ ''.strip is callable }} {{ 1 is callable }}", "True True True False False True True False True False")]
    [InlineData("{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(none,1) }} {{ 'a b c'.rsplit(none,1) }} {{ 'a\\nb\\r\\nc'.splitlines() }}", "['a', 'b', '', 'c'] ['a', 'b'] ['a', 'b c'] ['a b', 'c'] ['a', 'b', 'c']")]
    [InlineData("{{ {'a':1}.get('b', 2) }} {{ {'a':1}.get('b') }}", "2 None")]
    [InlineData("{{ '{:,.2f}'.format(1234567.891) }} {{ '{:_}'.format(1234567) }} {{ '{:<05}'.format(12) }} {{ '{:010.2f}'.format(-3.5) }} {{ '{:g}'.format(1e10) }} {{ '{}'.format(1.0) }} {{ '{}'.format(none) }} {{ '{:>6}'.format(true) }} {{ '{:d}'.format(true) }}", "1,234,567.89 1_234_567 12000 -000003.50 1e+10 1.0 None      1 1")]
    [InlineData("{{ '%.0f %.0f %.0f %.2f %.1f' % (0.5,1.5,2.5,0.125,0.25) }} {{ '%d' % 3.99 }} {{ '%i' % -3.99 }} {{ '%x' % -255 }}", "0 2 2 0.12 0.2 3 -3 -ff")]
    [InlineData("{{ 'aXbXc'.split('X') }} {{ 'aXbXc'.split('X',1) }} {{ 'aXbXc'.rsplit('X',1) }} {{ ''.split('X') }} {{ ''.split() }} {{ '  '.split() }} {{ ' a b '.split(none,1) }} {{ ' a b  c '.rsplit(none,1) }} {{ 'abc'.split('abc') }} {{ 'a'.split(sep='a') }} {{ 'a b'.split(maxsplit=0) }}", "['a', 'b', 'c'] ['a', 'bXc'] ['aXb', 'c'] [''] [] [] ['a', 'b '] [' a b', 'c'] ['', ''] ['', ''] ['a b']")]
    [InlineData("{{ 'a\\nb\\n'.splitlines() }} {{ 'a\\nb\\n'.splitlines(true) }} {{ 'a\\r\\n\\r\\nb'.splitlines() }} {{ ''.splitlines() }} {{ '\\n'.splitlines() }}", "['a', 'b'] ['a\\n', 'b\\n'] ['a', '', 'b'] [] ['']")]
    [InlineData("{{ 'abcabc'.find('c') }} {{ 'abcabc'.rfind('c') }} {{ 'abcabc'.find('c',3) }} {{ 'abcabc'.find('c',0,2) }} {{ 'abcabc'.find('x') }} {{ 'abcabc'.count('bc') }} {{ 'aaaa'.count('aa') }} {{ 'abc'.count('') }} {{ 'abc'.index('b') }} {{ 'abcabc'.find('c',-2) }} {{ 'abcabc'.find('') }} {{ 'abc'.rfind('') }} {{ 'abc'.find('',4) }} {{ 'abc'.find('',3) }}", "2 5 5 -1 -1 2 2 4 1 5 0 3 -1 3")]
    [InlineData("{{ 'abc'.startswith('ab') }} {{ 'abc'.startswith(('x','a')) }} {{ 'abc'.endswith('bc',1) }} {{ 'abc'.startswith('b',1) }} {{ 'abc'.startswith('') }} {{ 'abc'.endswith('abcd') }} {{ 'abc'.startswith('a',5) }}", "True True True True True False False")]
    [InlineData("{{ 'abc'.partition('b') }} {{ 'abc'.partition('x') }} {{ 'abcbd'.rpartition('b') }} {{ 'abc'.rpartition('x') }}", "('a', 'b', 'c') ('abc', '', '') ('abc', 'b', 'd') ('', '', 'abc')")]
    [InlineData("{{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }} {{ 'abc'.swapcase() }} {{ 'aBc'.casefold() }} {{ '123'.isdigit() }} {{ 'a1'.isalnum() }} {{ 'ab'.isalpha() }} {{ ' '.isspace() }} {{ 'AB'.isupper() }} {{ 'ab'.islower() }} {{ 'Ab Cd'.istitle() }} {{ ''.isdigit() }} {{ '1'.isupper() }} {{ '\u00bd'.isnumeric() }} {{ '\u00b2'.isdigit() }} {{ '\u00b2'.isdecimal() }} {{ 'é'.isascii() }}", "bc ab ABC abc True True True True True True True False False True True False False")]
    [InlineData("{{ ','.join(['a','b']) }} {{ ','.join('abc') }} {{ ','.join([]) }} {{ ','.join({'a':1,'b':2}) }}", "a,b a,b,c  a,b")]
    [InlineData("{{ [1,2,3].index(2) }} {{ [1,2,1].count(1) }} {{ (1,2).index(2) }} {{ (1,1).count(1) }} {{ range(5).index(3) }}", "1 2 1 2 3")]
    [InlineData("{{ 1 is divisibleby 2 }} {{ 4 is divisibleby(2) }} {{ 3 is odd }} {{ 2.0 is even }} {{ 1 is eq 1 }} {{ 1 is ne 2 }} {{ 1 is lt 2 }} {{ 1 is le 1 }} {{ 2 is gt 1 }} {{ 2 is ge 2 }} {{ 1 is in [1] }} {{ 'a' is lower }} {{ 'A' is upper }} {{ 1 is number }} {{ true is number }} {{ x is callable }} {{ range is callable }}", "False True True True True True True True True True True True True True True True True")]
    [InlineData("{{ [1] == [1.0] }} {{ (1,) == [1] }} {{ {'a':[1]} == {'a':[1]} }} {{ 'a' == 'a' }} {{ none == none }} {{ x == x }} {{ x == none }} {{ range(3) == range(3) }} {{ [1,2] != [2,1] }} {{ 1 != '1' }} {{ [1,2] < [1,2,3] }} {{ 'abc' < 'abd' }} {{ 'Z' < 'a' }} {{ true < 2 }} {{ (1,'a') < (1,'b') }} {{ 0.1 + 0.2 == 0.3 }} {{ 9007199254740993 == 9007199254740992.0 }} {{ 9007199254740993 > 9007199254740992.0 }}", "True False True True True True False True True True True True True True True False False True")]
    [InlineData("{{ {'a': 1}.a + {'b': 2}['b'] }}{{ {'items': 5}['items'] }}{{ {'items': 5}.get('items') }}{{ {'x': 5}.x }}", "3555")]
    [InlineData("{{ 2**62 }}{{ 2**10 }}{{ (-2)**3 }}{{ 0**0 }}{{ 2.0**3 }}{{ 4**0.5 }}{{ 1**100000 }}{{ (-1)**99999999 }}", "46116860184273879041024-818.02.01-1")]
    [InlineData("{{ 'abc'.startswith('', 2, 1) }} {{ 'abc'.endswith('', 9) }} {{ 'abc'.startswith('', 3) }} {{ 'abc'.count('', 4) }} {{ 'abc'.count('', 3) }}", "False False True 0 1")]
    [InlineData("{{ 'abc'.ljust(-9999999999) }} {{ 'abc'.center(-9999999999) }} {{ '-5'.zfill(-9999999999) }} {{ 'abc'|center(-9999999999) }}", "abc abc -5 abc")]
    public void Methods_do_what_pythons_do(string template, string expected) => Assert.Equal(expected, Templates.Render(template));
}

using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Operators, literals and accesses, as Jinja 3.1 on Python 3 gives them.</summary>
public sealed class ExpressionTests
{
    [Theory]
    [InlineData("{{ x ~ 'a' }}", "a")]
    [InlineData("{{ 'a' in x }}", "False")]
    [InlineData("{{ x == y }}", "True")]
    [InlineData("{{ 2**3**2 }}", "64")]
    [InlineData("{{ -2**2 }}", "4")]
    [InlineData("{{ 7//-2 }} {{ -7 % 3 }} {{ 7.5 % -2 }}", "-4 2 -0.5")]
    [InlineData("{{ 1/2 }} {{4/2}}", "0.5 2.0")]
    [InlineData("{{ 'a' 'b' }}", "ab")]
    [InlineData("{{ range(3) }} {{ range(1,10,2) }}", "range(0, 3) range(1, 10, 2)")]
    [InlineData("{{ namespace(a=1) }}", "<Namespace {'a': 1}>")]
    [InlineData("{{ [x] }} {{ (x,) }}", "[Undefined] (Undefined,)")]
    [InlineData("{{ 1e16 }} {{ 1e15 }} {{ 1e-5 }} {{ 0.0001 }} {{ 1.5e300 }} {{ 1e22 }} {{ -0.0 }}", "1e+16 1000000000000000.0 1e-05 0.0001 1.5e+300 1e+22 -0.0")]
    [InlineData("{{ 'é\\x41\\u0041\\101\\d\\n' }}", "éAAA\\d\n")]
    [InlineData("{{ ['it\\'s', 'a\"b', 'a\\'b\"', '\\x00\\x7f\\xa0\\u200b'] }}", "[\"it's\", 'a\"b', 'a\\'b\"', '\\x00\\x7f\\xa0\\u200b']")]
    [InlineData("{{ true + 1 }} {{ 'a' * -1 }} {{ [1]*2 }} {{ [1]+[2] }}", "2  [1, 1] [1, 2]")]
    [InlineData("{{ loop is defined }}", "False")]
    [InlineData("{{ [1,2,3][x] }}", "")]
    [InlineData("{{ dict(a=1, b=2) }} {{ dict([('a',1)]) }}", "{'a': 1, 'b': 2} {'a': 1}")]
    [InlineData("{{ 3 is divisibleby 3 }} {{ 3 is in [3] }} {{ not 3 is odd }}", "True True False")]
    [InlineData("{{ [1, 2] is in [[1, 2]] }} {{ 1 is sameas 1 }} {{ 'a' is eq 'a' }} {{ 'A' is upper}} {{ '1' is upper }}", "True True True True False")]
    [InlineData("{{ 'a' < 'b' }} {{ [1,2] < [1,3] }} {{ (1,) < (1,2) }}", "True True True")]
    [InlineData("{{ 2 ** -1 }} {{ 2 ** 0.5 }}", "0.5 1.4142135623730951")]
    [InlineData("{{ 1 == 1.0 }} {{ true == 1 }} {{ '1' == 1 }} {{ none == false }}", "True True False False")]
    [InlineData("{{ [1,2,3][1:] }} {{ 'abc'[:-1] }} {{ range(10)[2:5] }}", "[2, 3] ab range(2, 5)")]
    [InlineData("{{ -0.0 // 1 }} {{ 0.0 // 5 }} {{ 1.0 // -2 }} {{ 1 // 5.0 }} {{ -0.0 % 3 }}", "-0.0 0.0 -1.0 0.0 0.0")]
    [InlineData("{{ a, 1 }}", "(Undefined, 1)")]
    [InlineData("{{ 'a' ~ 1 ~ none ~ true ~ 1.0 ~ [1] }}", "a1NoneTrue1.0[1]")]
    [InlineData("{{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 1_000 }} {{ 1.5e3 }} {{ 1e3 }}", "31 3 15 1000 1500.0 1000.0")]
    [InlineData("{{ 1e-7 }} {{ 1e23 }} {{ 9.5e-5 }} {{ 1e-4 }} {{ 9999999999999998.0 }} {{ 0.001 }}", "1e-07 1e+23 9.5e-05 0.0001 9999999999999998.0 0.001")]
    [InlineData("{{ 1.0 }} {{ 1.5e-7 }} {{ 123456789.123456789 }} {{ 1e100 }} {{ 0.1+0.2 }} {{ 1/3 }} {{ 100.0 }} {{ 1e15+0.5 }} {{ 12345678901234567.0 }} {{ 5e-324 }} {{ 1.7976931348623157e308 }} {{ 1e308*10 }} {{ -1e308*10 }}", "1.0 1.5e-07 123456789.12345679 1e+100 0.30000000000000004 0.3333333333333333 100.0 1000000000000000.5 1.2345678901234568e+16 5e-324 1.7976931348623157e+308 inf -inf")]
    [InlineData("{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 // -2 }} {{ 7.5 // 2 }} {{ -7.5 // 2 }} {{ 7 % -3 }} {{ -7 % 3 }} {{ -7.5 % 2 }} {{ 7.5 % -2 }} {{ 0 // 5 }} {{ 0.0 // -5 }} {{ 1e300 // 1e-10 }} {{ 5 % 5.0 }} {{ 1 / 4 }} {{ 9007199254740993 / 1 }}", "3 -4 -4 3.0 -4.0 -2 2 0.5 -0.5 0 -0.0 inf 0.0 0.25 9007199254740992.0")]
    [InlineData("{{ {'a':'it\\'s', \"b\":\"say \\\"x\\\"\", 'c':'both \\' and \"', 'd':'tab\\t nl\\n bs\\\\ é 𝒳 \\x01 \\u200b', 'e':1.5, 'f':none, 'g':true, 'h':(1,), 'i':[]} }}", "{'a': \"it's\", 'b': 'say \"x\"', 'c': 'both \\' and \"', 'd': 'tab\\t nl\\n bs\\\\ é 𝒳 \\x01 \\u200b', 'e': 1.5, 'f': None, 'g': True, 'h': (1,), 'i': []}")]
    [InlineData("{{ 'a' in {'a':1} }}{{ 'a' in x }}{{ none in [none] }}{{ 1.0 in [1] }}{{ 'b' in 'abc' }}{{ '' in 'abc' }}{{ (1,2) in [(1,2)] }}{{ 3 in range(5) }}", "TrueFalseTrueTrueTrueTrueTrueTrue")]
    [InlineData("{{ true and false or true }}{{ True }}{{ False }}{{ None }}{{ none }}{{ true }}", "TrueTrueFalseNoneNoneTrue")]
    [InlineData("{{ 1.2.3 }}", "")]
    [InlineData("{{ 0 }}{{ 00 }}{{ 1_0 }}{{ 1e-3 }}{{ 1E5 }}{{ 1.5E+3 }}", "00100.001100000.01500.0")]
    [InlineData("{{ 'a' * 3 }}{{ 3 * 'a' }}{{ 'a' * 0 }}{{ [0] * 3 }}{{ (1,) * 2 }}{{ 'a' * true }}", "aaaaaa[0, 0, 0](1, 1)a")]
    [InlineData("{{ 1 is sameas 1.0 }}{{ 'a' is sameas 'a' }}{{ none is sameas none }}{{ [] is sameas [] }}", "FalseTrueTrueFalse")]
    public void Expressions_have_pythons_values(string template, string expected) => Assert.Equal(expected, Templates.Render(template));
}

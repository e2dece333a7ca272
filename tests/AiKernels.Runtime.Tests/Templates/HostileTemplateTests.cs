using System.Text.Json.Nodes;
using AiKernels.Runtime.Templates;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Templates that mean harm: each ends with one sentence, on a small stack and without much memory.</summary>
public sealed class HostileTemplateTests
{
    private const int SmallStack = 256 * 1024;

    // All that is allocated one after the other in ten million steps; nearly all of it is garbage at once.
    private const long MuchMemory = 1536L << 20;

    [Theory]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(90) }}")]
    [InlineData("{% set l = [1] %}{% for i in range(100000) %}{% set _ = l.append(l|length) %}{% set q = l|sort %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% set q = range(100000)|list %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% set q = range(100000)|sum %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% set q = 5 in range(100000)|map('string')|list %}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% if s == 'a' * 1000000 %}{% endif %}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set q = s|upper %}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set q = s.strip('b') %}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set q = 'b' in s %}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% set t = 'a' * 500000 ~ 'b' %}{% for i in range(100000) %}{% set q = t in s %}{% endfor %}")]
    [InlineData("{% set s = ('a' * 33 ~ 'b') * 100000 %}{% for i in range(100000) %}{% set q = s.rfind('a' * 40) %}{% endfor %}")]
    [InlineData("{% set s = '𝒳' * 1000000 %}{% for i in range(100000) %}{% set q = (s ~ i)[500000] %}{% endfor %}")]
    [InlineData("{% set d = namespace(x={}) %}{% for i in range(100000) %}{% set d.x = dict(d.x, **{'k' ~ i: i}) %}{% endfor %}")]
    [InlineData("{% set s = ' ' * 1000000 %}{% for i in range(100000) %}{% set q = s.split() %}{% endfor %}")]
    [InlineData("{% set s = '<' * 1000000 %}{% for i in range(100000) %}{% set q = s|striptags %}{% endfor %}")]
    [InlineData("{% set a = ['x' * 100000] * 100000 %}{% for i in range(100000) %}{% if a == ['x' * 100000] * 100000 %}{% endif %}{% endfor %}")]
    [InlineData("{% set a = ['x' * 100000] * 10000 %}{{ a|unique|list|length }}{{ a|map('upper')|unique|list|length }}{{ a|map('lower')|sort|length }}{{ a|map('lower')|sort|length }}")]
    [InlineData("{% set n = namespace(l=(0,)) %}{% for i in range(60) %}{% set n.l = (n.l, n.l) %}{% endfor %}{{ {n.l: 1}|length }}")]
    [InlineData("{% set n = namespace(l=(0,), m=(0,)) %}{% for i in range(60) %}{% set n.l = (n.l, n.l) %}{% set n.m = (n.m, n.m) %}{% endfor %}{{ n.l == n.m }}")]
    [InlineData("{% set n = namespace(l=(0,), m=(0,)) %}{% for i in range(60) %}{% set n.l = (n.l, n.l) %}{% set n.m = (n.m, n.m) %}{% endfor %}{{ n.l < n.m }}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set q = [s]|string %}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set q = s|forceescape %}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{% set q = s.isupper() %}{% endfor %}")]
    [InlineData("{% set s = 'a' * 1000000 %}{{ range(100000)|map(attribute=s)|list|length }}")]
    [InlineData("{% set s = 'a' * 1000000 %}{{ range(100000)|selectattr(s)|list|length }}")]
    [InlineData("{% set s = '9' * 1000000 %}{% for i in range(100000) %}{% set q = s|float %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% for j in range(100) %}{% set q = 1e-300|round(310) %}{% set q = '%.99f' % 1e300 %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro m(a, b, c, d, e, f, g) %}{{ kwargs }}{% endmacro %}{% set n = namespace(d={}) %}{% for i in range(2000) %}{% set n.d = dict(n.d, **{'k' ~ i: i}) %}{% endfor %}{% for i in range(100000) %}{% set q = m(**n.d) %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% set q = 'a'|indent(-9999999999) %}{% for j in range(200) %}{% endfor %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% set q = 1|tojson(indent=-9999999999) %}{% for j in range(200) %}{% endfor %}{% endfor %}")]
    public void What_takes_for_ever_runs_out_of_steps(string template) => Refuses(template, "steps");

    [Theory]
    [InlineData(",", "[]|sort(attribute=s)")]
    [InlineData("b", "'a'|trim(s)")]
    [InlineData("b", "'a'.strip(s)")]
    [InlineData("0", "('%' ~ s ~ 'd') % 5")]
    [InlineData("0", "('%.' ~ s ~ 'd') % 5")]
    [InlineData("0", "('{' ~ s ~ '}').format(5)")]
    [InlineData("0", "('{:' ~ s ~ '}').format(5)")]
    [InlineData(".", "[1]|map(attribute=s)|list")]
    public void Long_arguments_are_paid_for(string unit, string expression) => Refuses(
        $"{{% set s = '{unit}' * 1000000 %}}{{% for i in range(100000) %}}{{% set q = {expression} if i >= 0 %}}{{% endfor %}}", unit == "." ? "" : "steps");

    [Theory]
    [InlineData("{% with %}BODY{% endwith %}")]
    [InlineData("{% set x %}BODY{% endset %}")]
    [InlineData("{% filter upper %}BODY{% endfilter %}")]
    [InlineData("{% for j in [] %}BODY{% endfor %}")]
    [InlineData("{% for j in [] %}{% else %}BODY{% endfor %}")]
    [InlineData("{% for j in range(100) if false %}BODY{% endfor %}")]
    [InlineData("{% macro m() %}BODY{% endmacro %}{{ m() }}")]
    public void Many_variables_are_paid_for(string block)
    {
        var variables = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{{%set a{i}=1%}}"));
        Refuses("{% for i in range(100000) %}" + block.Replace("BODY", $"{{% if false %}}{variables}{{% endif %}}", StringComparison.Ordinal) + "{% endfor %}", "steps");
    }

    [Fact]
    public void Many_parameters_are_paid_for() => Refuses(
        $"{{% macro m({string.Join(',', Enumerable.Range(0, 30_000).Select(i => $"a{i}"))}) %}}{{% endmacro %}}"
        + "{% for i in range(100000) %}{% set q = m.arguments %}{% endfor %}", "steps");

    [Fact]
    public void A_long_name_of_a_filter_is_read_quickly()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        ChatTemplate.Parse("{{ x|a" + string.Concat(Enumerable.Repeat(".a", 100_000)) + " }}");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    [Theory]
    [InlineData("{{ 'a' * 10**9 }}")]
    [InlineData("{{ 10**9 * 'a' }}")]
    [InlineData("{{ ('a' * 10**7 ~ 'b') * 10**7 }}")]
    [InlineData("{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = ns.s|replace('a', 'aaaaaaaaaa') %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = ns.s.join([ns.s, ns.s]) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s]|join(ns.s) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = '%s%s' % (ns.s, ns.s) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = '{0}{0}'.format(ns.s) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s %}{{ ns.s }}{{ ns.s }}{% endset %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='\"\\\\') %}{% for i in range(100) %}{% set ns.s = ns.s|tojson %}{% endfor %}")]
    [InlineData("{{ '%1000000000d' % 5 }}")]
    [InlineData("{{ '%.1000000000f' % 5 }}")]
    [InlineData("{{ '%*d' % (1000000000, 5) }}")]
    [InlineData("{{ '{:1000000000}'.format(5) }}")]
    [InlineData("{{ '{:.1000000000f}'.format(5.0) }}")]
    [InlineData("{{ '%.101g' % 5.0 }}")]
    [InlineData("{{ '{:{w}}'.format(5, w=1000000000) }}")]
    [InlineData("{{ 'a'|center(1000000000) }}")]
    [InlineData("{{ 'a'.ljust(1000000000) }}")]
    [InlineData("{{ 'a'.zfill(1000000000) }}")]
    [InlineData("{{ '\t'.expandtabs(1000000000) }}")]
    [InlineData("{{ 'a\nb'|indent(1000000000) }}")]
    [InlineData("{{ [1]|tojson(indent=1000000000) }}")]
    public void Giant_texts_are_not_made(string template) => Refuses(template, "that are allowed");

    [Theory]
    [InlineData("{{ range(10**12) }}", "range")]
    [InlineData("{{ range(-(10**18), 10**18) }}", "range")]
    [InlineData("{{ [0] * 10**9 }}", "steps")]
    [InlineData("{{ [0] * 10**18 }}", "steps")]
    [InlineData("{{ [1]|batch(10**9, 0)|list }}", "steps")]
    [InlineData("{{ [1]|slice(10**9, 0)|list }}", "steps")]
    [InlineData("{{ 10**100 }}", "64 bits")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "64 bits")]
    [InlineData("{{ -(-9223372036854775807 - 1) }}", "64 bits")]
    [InlineData("{{ (-9223372036854775807 - 1) // -1 }}", "64 bits")]
    [InlineData("{{ (-9223372036854775807 - 1)|abs }}", "64 bits")]
    [InlineData("{{ 9223372036854775808 }}", "64 bits")]
    [InlineData("{{ '9223372036854775808'|int }}", "64 bits")]
    [InlineData("{{ 1e300|int }}", "64 bits")]
    [InlineData("{{ 3 ** 9223372036854775807 }}", "64 bits")]
    public void Large_numbers_are_refused(string template, string problem) => Refuses(template, problem);

    [Theory]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro m() %}{{ m()|upper }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro m(x=m()) %}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro a() %}{{ b() }}{{ caller is defined }}{% endmacro %}{% macro b() %}{% call a() %}{% endcall %}{{ caller }}{% endmacro %}{{ a() }}")]
    [InlineData("{% macro a() %}{% call a() %}{{ caller() }}{% endcall %}{{ caller is defined }}{% endmacro %}{{ a() }}")]
    [InlineData("{% for x in [1] recursive %}{{ loop([x]) }}{% endfor %}")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{{ l }}")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{% set m = [] %}{% set _ = m.append(m) %}{{ l == m }}")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{% set m = [] %}{% set _ = m.append(m) %}{{ l < m }}")]
    [InlineData("{% set n = namespace(l=[]) %}{% for i in range(100000) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l }}")]
    [InlineData("{% set n = namespace(l=()) %}{% for i in range(100000) %}{% set n.l = (n.l,) %}{% endfor %}{{ {n.l: 1} }}")]
    [InlineData("{% set n = namespace(l={}) %}{% for i in range(100000) %}{% set n.l = {'a': n.l} %}{% endfor %}{{ n.l|tojson }}")]
    [InlineData("{% set n = namespace() %}{% set n.n = n %}{{ n }}")]
    public void Endless_depth_is_refused(string template)
    {
        Refuses(template, "deep");
        Refuses(template, "deep", new TemplateOptions { MaxDepth = int.MaxValue });
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "1", "]")]
    [InlineData("{1:", "1", "}")]
    [InlineData("-", "1", "")]
    [InlineData("not ", "1", "")]
    [InlineData("1 + (", "1", ")")]
    [InlineData("1 if ", "1", "")]
    [InlineData("1 if 1 else ", "1", "")]
    [InlineData("x[", "1", "]")]
    [InlineData("x(", "1", ")")]
    [InlineData("x|default(", "1", ")")]
    [InlineData("x is eq(", "1", ")")]
    [InlineData("x is eq ", "1", "")]
    [InlineData("", "x", ".a")]
    [InlineData("", "x", "[0]")]
    [InlineData("", "x", "()")]
    [InlineData("", "x", "|upper")]
    [InlineData("", "1", " + 1")]
    [InlineData("", "1", " ** 1")]
    [InlineData("", "1", " and 1")]
    [InlineData("", "1", " if 1")]
    [InlineData("x.a(-", "1", ")|upper")]
    public void Deeply_nested_expressions_are_refused(string open, string middle, string close)
    {
        foreach (var depth in (int[])[300, 3_000, 100_000])
        {
            Refuses("{{ " + string.Concat(Enumerable.Repeat(open, depth)) + middle + string.Concat(Enumerable.Repeat(close, depth)) + " }}", "");
        }
    }

    [Theory]
    [InlineData("{% if 1 %}", "{% endif %}")]
    [InlineData("{% if 0 %}{% else %}", "{% endif %}")]
    [InlineData("{% for x in [1] %}", "{% endfor %}")]
    [InlineData("{% for x in [] %}{% else %}", "{% endfor %}")]
    [InlineData("{% macro m() %}", "{% endmacro %}")]
    [InlineData("{% call m() %}", "{% endcall %}")]
    [InlineData("{% set x %}", "{% endset %}")]
    [InlineData("{% filter upper %}", "{% endfilter %}")]
    [InlineData("{% with %}", "{% endwith %}")]
    [InlineData("{% generation %}", "{% endgeneration %}")]
    [InlineData("{% set (", "{% endset %}")]
    public void Deeply_nested_blocks_are_refused(string open, string close)
    {
        foreach (var depth in (int[])[300, 3_000, 40_000])
        {
            Refuses(string.Concat(Enumerable.Repeat(open, depth)) + string.Concat(Enumerable.Repeat(close, depth)), "");
        }
    }

    /// <summary>The deepest template that is parsed is rendered, too, where macros call each other as deeply as they may.</summary>
    [Fact]
    public void The_deepest_templates_render_on_a_small_stack()
    {
        var expression = string.Concat(Enumerable.Repeat("-", 40)) + "x" + string.Concat(Enumerable.Repeat(" + x", 100));
        var blocks = string.Concat(Enumerable.Repeat("{% if 1 %}", 50));
        var ends = string.Concat(Enumerable.Repeat("{% endif %}", 50));
        var template = "{% macro m(x) %}" + blocks + "{{ " + expression + " }}{% if x > 0 %}{{ m(x - 1) }}{% endif %}" + ends + "{% endmacro %}{{ m(3) }}";
        OnSmallStack(() => Assert.StartsWith("303", Templates.Render(template), StringComparison.Ordinal));
        Refuses(template.Replace("m(3)", "m(100000)", StringComparison.Ordinal), "deep");
    }

    [Theory]
    [InlineData("{{ ''.__class__ }}")]
    [InlineData("{{ ''['__class__'] }}")]
    [InlineData("{{ ''|attr('__class__') }}")]
    [InlineData("{{ [''|attr('__cl' ~ 'ass__')] }}")]
    [InlineData("{{ ['']|map(attribute='__class__')|list }}")]
    [InlineData("{{ '{0.__class__}'.format('') }}")]
    [InlineData("{{ '{0[__class__]}'.format('') }}")]
    [InlineData("{{ {}.__init__.__globals__ }}")]
    [InlineData("{{ ''.upper.__self__ }}")]
    [InlineData("{{ ''.upper.Method }}")]
    [InlineData("{{ ''.upper['name'] }}")]
    [InlineData("{{ range.x }}")]
    [InlineData("{{ raise_exception.func_globals }}")]
    [InlineData("{% macro m() %}{% endmacro %}{{ m.__class__ }}")]
    [InlineData("{% macro m() %}{% endmacro %}{{ m.macro }}")]
    [InlineData("{{ ''.GetType() }}")]
    [InlineData("{{ ''.Length.GetType() }}")]
    [InlineData("{{ [].Count() }}")]
    [InlineData("{{ {}.clear() }}")]
    [InlineData("{{ namespace().Items() }}")]
    [InlineData("{% set x.__class__ = 1 %}")]
    [InlineData("{% include '/etc/passwd' %}")]
    [InlineData("{% import 'os' as os %}")]
    [InlineData("{% from 'os' import x %}")]
    [InlineData("{% extends 'x' %}")]
    [InlineData("{% block x %}{% endblock %}")]
    public void Nothing_is_reached_but_values(string template) => Refuses(template, "");

    [Fact]
    public void A_name_of_dotnet_is_a_name_like_any_other() =>
        Assert.Equal("||True", Templates.Render("{{ ''.Length }}|{{ [].Count }}|{{ System is undefined }}"));

    [Fact]
    public void Context_and_source_are_bounded_too()
    {
        JsonNode deep = new JsonArray();
        for (var i = 0; i < 5_000; i++)
        {
            deep = new JsonArray(deep);
        }

        OnSmallStack(() => Assert.Contains(
            "deep", Assert.Throws<TemplateException>(() => Templates.Render("{{ x }}", new JsonObject { ["x"] = deep })).Message, StringComparison.Ordinal));
        Refuses(new string(' ', 2 << 20), "longer than");
        Refuses("{{ x }}", "64 bits", context: """{"x": 123456789012345678901234567890}""");
    }

    [Theory]
    [InlineData("""{"x": "\ud83d"}""")]
    [InlineData("""{"x": {"\ud83d": 1}}""")]
    [InlineData("""{"x": {"a": 1, "a": 2}}""")]
    public void A_context_that_is_no_text_is_refused(string context) => Refuses("{{ x }}", "no valid JSON", context: context);

    [Fact]
    public void A_templates_own_message_is_cut_where_it_is_long()
    {
        var refusal = Assert.Throws<TemplateException>(() => Templates.Render("{{ raise_exception('a' * 1000000) }}"));
        Assert.InRange(refusal.Message.Length, 1000, 1100);
    }

    [Fact]
    public void Limits_are_exact()
    {
        var template = ChatTemplate.Parse("{{ 'abc' }}");
        Assert.Equal("abc", template.Render([], new TemplateOptions { MaxOutput = 3 }).Text);
        Assert.Throws<TemplateException>(() => template.Render([], new TemplateOptions { MaxOutput = 2 }));
        Assert.Equal("abc", template.Render([], new TemplateOptions { MaxSteps = 1 }).Text);
        Assert.Throws<TemplateException>(() => template.Render([], new TemplateOptions { MaxSteps = 0 }));
        Assert.Equal("[[]]", ChatTemplate.Parse("{{ [[]] }}").Render([], new TemplateOptions { MaxDepth = 2 }).Text);
        Assert.Throws<TemplateException>(() => ChatTemplate.Parse("{{ [[]] }}").Render([], new TemplateOptions { MaxDepth = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => template.Render([], new TemplateOptions { MaxOutput = -1 }));
    }

    private static void Refuses(string template, string problem, TemplateOptions? options = null, string context = "{}") => OnSmallStack(() =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<TemplateException>(() =>
            ChatTemplate.Parse(template).Render(JsonNode.Parse(context)!.AsObject(), options));
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.InRange(refusal.Message.Length, 10, 300);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MuchMemory);
    });

    private static void OnSmallStack(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    test();
                }
                catch (Exception caught)
                {
                    failure = caught;
                }
            },
            SmallStack);
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Message, failure);
        }
    }
}

using System.Text.Json.Nodes;
using AiKernels.Runtime.Templates;
using AiKernels.Runtime.Tests.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AiKernels.Runtime.Tests.Templates;

/// <summary>Whatever a template is, rendering it ends, within its limits, in a text or a <see cref="TemplateException"/>.</summary>
public sealed class TemplatePropertyTests
{
    private static readonly TemplateOptions Tight = new() { MaxSteps = 20_000, MaxDepth = 20, MaxOutput = 2_000, Clock = Templates.Clock };

    // Pieces of which templates are made, so that random ones come far.
    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "{%+", "{{-", "-}}", " ", "\n", "a", "messages", "m", "x", "loop", "ns", "1", "0",
        "2.5", "_", "0x", "1e", "1__0.5", "'s'", "\"t\"", "'", "\"", "\\", ".", ",", ":", "|", "(", ")", "[", "]", "{", "}", "=", "==", "!=", "<", ">=", "+", "-", "*", "/",
        "//", "%", "**", "~", "if ", "elif ", "else ", "endif ", "for ", "endfor ", " in ", "set ", "endset ", "macro ", "endmacro ", "call ",
        "endcall ", "filter ", "endfilter ", "with ", "endwith ", "raw ", "endraw ", "generation ", "endgeneration ", "break ", "continue ",
        " is ", " not ", " and ", " or ", "recursive ", "namespace()", "range(9)", "upper", "join", "map", "sort", "tojson", "default", "length",
        "replace", "format", "select", "defined", "string", "none", "true", ".items()", ".append(x)", ".split()", ".format(", "loop(x)", "m()",
        "{% for x in range(9) %}", "{% endfor %}", "{% if x %}", "{% endif %}", "{% set x = ", "{% macro m() %}", "{% endmacro %}", "𝒳", "\ud83d",
    ];

    private static readonly JsonObject Context = JsonNode.Parse("""
        {"messages": [{"role": "user", "content": "Hello 🦙"}, {"role": "assistant", "content": null}], "a": {"b": [1, 2.5, "c"]}, "x": "abc"}
        """)!.AsObject();

    [Fact]
    public void Random_pieces_end_in_a_text_or_a_refusal() => Prop.ForAll(
        Gen.Elements(Pieces).ListOf().Resize(60).Select(string.Concat).ToArbitrary(), Ends)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Fact]
    public void Random_text_ends_in_a_text_or_a_refusal() => Prop.ForAll(
        TextGenerators.Any.Select(text => "{{ " + text).ToArbitrary(), Ends)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void Damaged_templates_end_in_a_text_or_a_refusal()
    {
        var sources = ChatTemplate.BuiltInNames.Select(name => ChatTemplate.BuiltIn(name).Source).ToArray();
        var damage = Gen.Zip(Gen.Elements(sources), Gen.Zip(Gen.Choose(0, 1_000), Gen.Zip(Gen.Choose(0, 20), Gen.Elements(Pieces))));
        Prop.ForAll(damage.ToArbitrary(), chosen =>
        {
            var (source, (at, (length, piece))) = chosen;
            at = Math.Min(at, source.Length);
            Ends(source[..at] + piece + source[Math.Min(source.Length, at + length)..]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Fact]
    public void Text_without_tags_is_its_own_prompt() => Prop.ForAll(
        TextGenerators.WellFormed.Where(text => !text.Contains('{', StringComparison.Ordinal) && !text.Contains('\r', StringComparison.Ordinal)).ToArbitrary(),
        text => Assert.Equal(text.EndsWith('\n') ? text[..^1] : text, Templates.Render(text))).QuickCheckThrowOnFailure();

    [Fact]
    public void Values_pass_unchanged_through_the_context() => Prop.ForAll(
        TextGenerators.WellFormed.ToArbitrary(),
        text => Assert.Equal(text, Templates.Render("{{ x }}", new JsonObject { ["x"] = text }))).QuickCheckThrowOnFailure();

    [Fact]
    public void Json_can_be_read_again() => Prop.ForAll(
        TextGenerators.WellFormed.ToArbitrary(),
        text => Assert.Equal(text, (string)JsonNode.Parse(Templates.Render("{{ x|tojson }}", new JsonObject { ["x"] = text }))!)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_float_keeps_its_value() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).ToArbitrary(),
        number =>
        {
            var text = Templates.Render("{{ x }}", new JsonObject { ["x"] = number });
            Assert.Equal(number, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
            Assert.Matches("[.e]", text);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Parts_of_a_split_join_to_the_text() => Prop.ForAll(
        Gen.Zip(TextGenerators.WellFormed, Gen.Elements(" ", "a", "<|", "🦙", "\n")).ToArbitrary(),
        pair => Assert.Equal(pair.Item1, Templates.Render(
            "{{ s.join(x.split(s)) }}", new JsonObject { ["x"] = pair.Item1, ["s"] = pair.Item2 }))).QuickCheckThrowOnFailure();

    [Fact]
    public void Slices_are_those_of_code_points() => Prop.ForAll(
        Gen.Zip(TextGenerators.WellFormed, Gen.Zip(Gen.Choose(-12, 12), Gen.Choose(-12, 12))).ToArbitrary(),
        chosen =>
        {
            var (text, (start, stop)) = chosen;
            var runes = text.EnumerateRunes().ToArray();
            var (first, end) = (Place(start, runes.Length), Place(stop, runes.Length));
            Assert.Equal(
                string.Concat(runes[first..Math.Max(first, end)]),
                Templates.Render("{{ x[a:b] }}", new JsonObject { ["x"] = text, ["a"] = start, ["b"] = stop }));
        }).QuickCheckThrowOnFailure();

    private static int Place(int bound, int length) => Math.Clamp(bound < 0 ? bound + length : bound, 0, length);

    private static void Ends(string template)
    {
        try
        {
            Assert.InRange(ChatTemplate.Parse(template).Render(Context, Tight).Text.Length, 0, Tight.MaxOutput);
        }
        catch (TemplateException problem)
        {
            Assert.True(problem.Line > 0 && problem.Column > 0, problem.Message);
        }
    }
}

using AiKernels.Runtime.Templates.Nodes;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Reads macros, and blocks that are passed to them.</summary>
/// <param name="tokens">The tokens.</param>
/// <param name="expressions">Reads expressions.</param>
/// <param name="readBody">Reads statements in a scope, up to the end of a tag.</param>
internal sealed class MacroParser(TokenReader tokens, ExpressionParser expressions, Func<ScopeLayout, string, Block> readBody)
{
    public MacroStatement ReadMacro(int at)
    {
        var name = tokens.Expect(TokenKind.Name, "the name of a macro").Text;
        var place = expressions.Layout.Declare(name);
        var layout = Inner();
        return new MacroStatement(at, place, ReadBody(at, name, layout, ReadParameters(layout), "endmacro"));
    }

    public CallStatement ReadCall(int at)
    {
        var layout = Inner();
        var parameters = tokens.IsSign("(") ? ReadParameters(layout) : [];
        var called = tokens.Current.At;
        var call = expressions.Read() as CallExpression ?? throw new TemplateException("a 'call' block needs a call", called);
        return new CallStatement(at, ReadBody(at, "caller", layout, parameters, "endcall"), call);
    }

    private ScopeLayout Inner()
    {
        var layout = new ScopeLayout(expressions.Layout);
        foreach (var variable in Macro.Implicit)
        {
            layout.Declare(variable);
        }

        return layout;
    }

    private Macro ReadBody(int at, string name, ScopeLayout layout, Parameter[] parameters, string end)
    {
        tokens.EndTag();
        return new Macro(at, name, layout, parameters, readBody(layout, end));
    }

    private Parameter[] ReadParameters(ScopeLayout layout)
    {
        var outer = expressions.Layout;
        expressions.Layout = layout; // A default may read the parameters before it.
        tokens.ExpectSign("(");
        List<Parameter> parameters = [];
        HashSet<string> names = [];
        while (!tokens.TakeSign(")"))
        {
            parameters.Add(ReadParameter(layout, names, mustHaveDefault: parameters is [.., { Default: not null }]));
            if (!tokens.IsSign(")"))
            {
                tokens.ExpectSign(",");
            }
        }

        expressions.Layout = outer;
        return [.. parameters];
    }

    private Parameter ReadParameter(ScopeLayout layout, HashSet<string> names, bool mustHaveDefault)
    {
        var name = tokens.Expect(TokenKind.Name, "the name of a parameter");
        var hasDefault = tokens.TakeSign("=");
        if (mustHaveDefault && !hasDefault)
        {
            throw new TemplateException("a parameter without a default follows one with a default", name.At);
        }

        if (!names.Add(name.Text))
        {
            throw new TemplateException($"there are two parameters {Quoted.Name(name.Text)}", name.At);
        }

        var missing = hasDefault ? expressions.Read() : null;
        return new Parameter(name.Text, layout.Declare(name.Text), missing);
    }
}

using AiKernels.Runtime.Templates.Nodes;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Reads a template's statements.</summary>
internal sealed class Parser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private readonly TargetParser _targets;
    private readonly MacroParser _macros;
    private int _loops;

    private Parser(List<Token> tokens)
    {
        _tokens = new TokenReader(tokens);
        _expressions = new ExpressionParser(_tokens);
        _targets = new TargetParser(_tokens, _expressions);
        _macros = new MacroParser(_tokens, _expressions, ReadClosedBody);
    }

    /// <summary>The template, and the layout of its own variables, which are all that it reads and doesn't set further in.</summary>
    /// <param name="source">The source, normalized.</param>
    public static (Block Body, ScopeLayout Layout) Parse(string source)
    {
        var parser = new Parser(Lexer.Read(source));
        var body = parser.ReadBody([]);
        if (parser._tokens.Current.Kind != TokenKind.End)
        {
            throw parser._tokens.Unexpected("the end of the template");
        }

        foreach (var name in parser._expressions.Names)
        {
            name.Resolve();
        }

        return (body, parser._expressions.Layout);
    }

    /// <summary>Statements up to a tag of one of these names, or up to the end. What stands behind that name is not read yet.</summary>
    private Block ReadBody(params ReadOnlySpan<string> ends)
    {
        _tokens.Enter();
        var at = _tokens.Current.At;
        List<Statement> statements = [];
        while (_tokens.Current.Kind != TokenKind.End)
        {
            if (_tokens.Current.Kind == TokenKind.TagBegin && ends.Contains(_tokens.Following.Text))
            {
                _tokens.Take();
                _tokens.Take();
                _tokens.Leave();
                return new Block(at, [.. statements]);
            }

            statements.Add(ReadStatement());
        }

        _tokens.Leave();
        return ends.IsEmpty
            ? new Block(at, [.. statements])
            : throw new TemplateException($"the template ends where '{ends[^1]}' is missing", at);
    }

    /// <summary>The same within a scope of its own.</summary>
    private Block ReadBody(ScopeLayout layout, params ReadOnlySpan<string> ends)
    {
        var outer = Open(layout);
        var body = ReadBody(ends);
        _expressions.Layout = outer;
        return body;
    }

    private ScopeLayout Open(ScopeLayout layout)
    {
        var outer = _expressions.Layout;
        _expressions.Layout = layout;
        return outer;
    }

    private ScopeLayout Inner() => new(_expressions.Layout);

    private Statement ReadStatement()
    {
        var token = _tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Text:
                return new TextStatement(token.At, token.Text);
            case TokenKind.OutputBegin:
                var value = _expressions.ReadTuple();
                _tokens.Expect(TokenKind.OutputEnd, "'}}'");
                return new OutputStatement(token.At, value);
            default:
                return ReadTag(token.At);
        }
    }

    private Statement ReadTag(int at)
    {
        var name = _tokens.Expect(TokenKind.Name, "the name of a tag");
        switch (name.Text)
        {
            case "if":
                return ReadIf(at);
            case "for":
                return ReadFor(at);
            case "set":
                return ReadSet(at);
            case "macro":
                return _macros.ReadMacro(at);
            case "call":
                return _macros.ReadCall(at);
            case "filter":
                return ReadFilter(at);
            case "with":
                return ReadWith(at);
            case "generation":
                return ReadGeneration(at);
            case "break" or "continue":
                _tokens.EndTag();
                return _loops > 0
                    ? new JumpStatement(at, name.Text == "break" ? Flow.Break : Flow.Continue)
                    : throw new TemplateException($"'{name.Text}' stands outside of a loop", at);
            case "include" or "import" or "from" or "extends" or "block":
                throw new TemplateException($"'{name.Text}' needs other templates, and a chat template stands alone", at);
            default:
                throw new TemplateException($"{Quoted.Name(name.Text)} is no tag that can stand here", at);
        }
    }

    private IfStatement ReadIf(int at)
    {
        List<(Expression, Block)> cases = [];
        Block? otherwise = null;
        var word = "if";
        while (word is "if" or "elif")
        {
            var test = _expressions.ReadTuple();
            _tokens.EndTag();
            var body = ReadBody("elif", "else", "endif");
            cases.Add((test, body));
            word = LastWord();
        }

        if (word == "else")
        {
            _tokens.EndTag();
            otherwise = ReadBody("endif");
        }

        _tokens.EndTag();
        return new IfStatement(at, [.. cases], otherwise);
    }

    /// <summary>The name of the tag at which a body ended.</summary>
    private string LastWord() => _tokens.Previous.Text;

    private ForStatement ReadFor(int at)
    {
        var layout = Inner();
        var outer = Open(layout);
        var target = _targets.Read(allowsNamespaces: false, "in");
        _expressions.Layout = outer;
        _tokens.ExpectName("in");
        var items = _expressions.ReadTuple(allowsConditions: false);
        _expressions.Layout = layout;
        var condition = _tokens.TakeName("if") ? _expressions.Read() : null;
        layout.Declare("loop"); // In the condition it would be the loop around this one.
        _expressions.Layout = outer;
        var isRecursive = _tokens.TakeName("recursive");
        _tokens.EndTag();
        _loops++;
        var body = ReadBody(layout, "else", "endfor");
        _loops--;
        var elseLayout = Inner();
        Block? otherwise = null;
        if (LastWord() == "else")
        {
            _tokens.EndTag();
            otherwise = ReadBody(elseLayout, "endfor");
        }

        _tokens.EndTag();
        return new ForStatement(at, layout, target, items, condition, isRecursive, body, elseLayout, otherwise);
    }

    private Statement ReadSet(int at)
    {
        var layout = Inner();
        var target = _targets.Read(allowsNamespaces: true, "=");
        if (_tokens.TakeSign("="))
        {
            var value = _expressions.ReadTuple();
            _tokens.EndTag();
            return new SetStatement(at, target, value);
        }

        var filter = _tokens.TakeSign("|") ? _expressions.ReadFilters() : null;
        _tokens.EndTag();
        var body = ReadBody(layout, "endset");
        _tokens.EndTag();
        return new CaptureStatement(at, layout, target, filter, body);
    }

    private CaptureStatement ReadFilter(int at)
    {
        var layout = Inner();
        var filter = _expressions.ReadFilters();
        _tokens.EndTag();
        var body = ReadBody(layout, "endfilter");
        _tokens.EndTag();
        return new CaptureStatement(at, layout, null, filter, body);
    }

    private WithStatement ReadWith(int at)
    {
        var layout = Inner();
        List<(Target, Expression)> variables = [];
        while (_tokens.Current.Kind != TokenKind.TagEnd)
        {
            var outer = Open(layout);
            var target = _targets.Read(allowsNamespaces: false, "=");
            _expressions.Layout = outer; // Values don't see each other's names.
            _tokens.ExpectSign("=");
            variables.Add((target, _expressions.Read()));
            if (_tokens.Current.Kind != TokenKind.TagEnd)
            {
                _tokens.ExpectSign(",");
            }
        }

        _tokens.EndTag();
        var body = ReadBody(layout, "endwith");
        _tokens.EndTag();
        return new WithStatement(at, layout, [.. variables], body);
    }

    private GenerationStatement ReadGeneration(int at)
    {
        var layout = Inner();
        _tokens.EndTag();
        return new GenerationStatement(at, layout, ReadClosedBody(layout, "endgeneration"));
    }

    /// <summary>A body that no jump leaves, and the tag at its end.</summary>
    private Block ReadClosedBody(ScopeLayout layout, string end)
    {
        var loops = _loops;
        _loops = 0;
        var body = ReadBody(layout, end);
        _loops = loops;
        _tokens.EndTag();
        return body;
    }
}

using AiKernels.Runtime.Templates.Nodes;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Reads what is assigned to.</summary>
internal sealed class TargetParser(TokenReader tokens, ExpressionParser expressions)
{
    /// <summary>What is assigned to: names, attributes of namespaces, or several with commas between.</summary>
    public Target Read(bool allowsNamespaces, string end)
    {
        var at = tokens.Current.At;
        List<Target> targets = [];
        var isTuple = false;
        do
        {
            targets.Add(ReadOne(allowsNamespaces));
            isTuple |= tokens.IsSign(",");
        }
        while (tokens.TakeSign(",") && !tokens.IsName(end) && !tokens.IsSign(end));
        return isTuple ? new TupleTarget(at, [.. targets]) : targets[0];
    }

    // One target, or several in parentheses.
    private Target ReadOne(bool allowsNamespaces)
    {
        if (tokens.TakeSign("("))
        {
            tokens.Enter();
            var targets = Read(allowsNamespaces, ")");
            tokens.Leave();
            tokens.ExpectSign(")");
            return targets;
        }

        var name = tokens.Expect(TokenKind.Name, "a name");
        if (allowsNamespaces && tokens.TakeSign("."))
        {
            return new NamespaceTarget(name.At, expressions.Name(name), tokens.Expect(TokenKind.Name, "a name").Text);
        }

        var isTaken = name.Text is "true" or "false" or "none" or "True" or "False" or "None" || name.Text == "loop" && !allowsNamespaces;
        return isTaken
            ? throw new TemplateException($"nothing can be assigned to '{name.Text}' here", name.At)
            : new NameTarget(name.At, expressions.Layout.Declare(name.Text));
    }
}

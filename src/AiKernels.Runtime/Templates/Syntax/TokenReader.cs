using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>Tokens one after the other, and how deeply what they say is nested.</summary>
internal sealed class TokenReader(List<Token> tokens)
{
    // Parsing a level takes about a kilobyte of stack, and .NET keeps a reserve of 64 at least.
    private const int DeepestNesting = 100;

    private int _next;
    private int _depth;

    public Token Current => tokens[_next];

    public Token Previous => tokens[_next - 1];

    public Token Following => tokens[Math.Min(_next + 1, tokens.Count - 1)];

    /// <summary>Goes on to the next token, and returns the one that was there.</summary>
    public Token Take()
    {
        var token = Current;
        _next += token.Kind == TokenKind.End ? 0 : 1;
        return token;
    }

    public bool Is(TokenKind kind, string text) => Current.Kind == kind && Current.Text == text;

    public bool IsSign(string sign) => Is(TokenKind.Sign, sign);

    public bool IsName(string name) => Is(TokenKind.Name, name);

    public bool TakeSign(string sign) => Take(TokenKind.Sign, sign);

    public bool TakeName(string name) => Take(TokenKind.Name, name);

    public void ExpectSign(string sign)
    {
        if (!TakeSign(sign))
        {
            throw Unexpected($"'{sign}'");
        }
    }

    public void EndTag() => Expect(TokenKind.TagEnd, "'%}'");

    public void ExpectName(string name)
    {
        if (!TakeName(name))
        {
            throw Unexpected($"'{name}'");
        }
    }

    /// <summary>Takes a token of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="wanted">What it is, for the message.</param>
    public Token Expect(TokenKind kind, string wanted) => Current.Kind == kind ? Take() : throw Unexpected(wanted);

    public TemplateException Unexpected(string wanted) =>
        new($"{wanted} should stand here instead of {Current.Description}", Current.At);

    /// <summary>Goes a level deeper, where there may be one.</summary>
    public void Enter()
    {
        if (++_depth > DeepestNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateException("the template is nested too deeply", Current.At);
        }
    }

    public void Leave() => _depth--;

    private bool Take(TokenKind kind, string text)
    {
        var isHere = Is(kind, text);
        _next += isHere ? 1 : 0;
        return isHere;
    }
}

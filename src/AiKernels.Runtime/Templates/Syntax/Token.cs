namespace AiKernels.Runtime.Templates.Syntax;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>Text outside of tags, as it is written.</summary>
    Text,

    /// <summary><c>{{</c></summary>
    OutputBegin,

    /// <summary><c>}}</c></summary>
    OutputEnd,

    /// <summary><c>{%</c></summary>
    TagBegin,

    /// <summary><c>%}</c></summary>
    TagEnd,

    /// <summary>A name or a keyword.</summary>
    Name,

    /// <summary>A string, without quotes and escapes.</summary>
    String,

    /// <summary>An integer as it is spelt.</summary>
    Integer,

    /// <summary>A float as it is spelt.</summary>
    Float,

    /// <summary>A sign such as <c>+</c> or <c>(</c>.</summary>
    Sign,

    /// <summary>The end of the template.</summary>
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text.</param>
/// <param name="At">Where in the source it begins.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int At)
{
    /// <summary>What it is, for messages.</summary>
    public string Description => Kind switch
    {
        TokenKind.Text => "text",
        TokenKind.End => "the end of the template",
        TokenKind.OutputEnd => "'}}'",
        TokenKind.TagEnd => "'%}'",
        TokenKind.String => "a string",
        _ => Values.Quoted.Name(Text),
    };
}

namespace AiKernels.Runtime.Chat.Syntax;

/// <summary>A piece of how a family writes a tool call. Both what reads calls and the grammar that constrains them follow these.</summary>
internal abstract record CallPiece
{
    private CallPiece()
    {
    }

    /// <summary>This text; if a control token has it as its name, also that token.</summary>
    public sealed record Literal(string Text) : CallPiece;

    /// <summary>White space, as much as there is.</summary>
    public sealed record Space(bool IsRequired = false) : CallPiece;

    /// <summary>The tool's name: anything up to white space, quotes or brackets.</summary>
    public sealed record Name : CallPiece;

    /// <summary>The tool's name between a prefix and the call's number, which together are its id: <c>functions.name:0</c>.</summary>
    public sealed record NumberedName(string Prefix) : CallPiece;

    /// <summary>Perhaps the call's id, behind a marker.</summary>
    public sealed record Id(string Marker) : CallPiece;

    /// <summary>The arguments as JSON.</summary>
    public sealed record Arguments : CallPiece;

    /// <summary>An object with name and arguments, in any order; perhaps an id and a type.</summary>
    /// <param name="ArgumentsKey">Under which key a model is asked to put its arguments; others are understood as well.</param>
    /// <param name="HasId">Whether it is asked for an id.</param>
    /// <param name="HasType">Whether models are known to write a type first.</param>
    public sealed record Envelope(string ArgumentsKey, bool HasId = false, bool HasType = false) : CallPiece;

    /// <summary>The arguments one by one, between tags. White space before each is markup.</summary>
    /// <param name="Open">What stands before a parameter's name.</param>
    /// <param name="NameEnd">What ends its name.</param>
    /// <param name="ValueOpen">What stands before its value, behind white space; nothing where the value follows at once.</param>
    /// <param name="Close">What ends its value.</param>
    /// <param name="HasLines">Whether the value stands on lines of its own.</param>
    /// <param name="IsPythonic">Whether templates write True, False and None.</param>
    public sealed record Parameters(string Open, string NameEnd, string ValueOpen, string Close, bool HasLines, bool IsPythonic) : CallPiece;
}

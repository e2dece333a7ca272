namespace AiKernels.Runtime.Grammars;

/// <summary>How JSON is written that a schema constrains.</summary>
/// <example>
/// <code>
/// var compact = Grammar.FromJsonSchema("true", new JsonSchemaOptions { Whitespace = JsonWhitespace.None, PlainIntegers = true });
/// </code>
/// </example>
public sealed record JsonSchemaOptions
{
    /// <summary>What stands between values; as the model likes, if nothing is said.</summary>
    public JsonWhitespace Whitespace { get; init; }

    /// <summary>
    /// Whether integers are written without a fraction. To JSON Schema 1.0 is an integer, too, which readers into an integer
    /// type refuse; so ask for this where what is generated is read by one.
    /// </summary>
    public bool PlainIntegers { get; init; }

    /// <summary>
    /// Whether the formats date, time and date-time are as System.Text.Json reads <see cref="DateOnly"/>, <see cref="TimeOnly"/>
    /// and <see cref="DateTimeOffset"/>: of RFC 3339's only capital letters, years from 1 on, offsets of at most 14 hours and no leap
    /// seconds, and times without an offset, which RFC 3339 demands. Durations aren't among them: the pattern that .NET's own
    /// schemas have for <see cref="TimeSpan"/> also takes such as 99:99:99, which it doesn't read.
    /// </summary>
    public bool DotNetTimes { get; init; }

    /// <summary>
    /// Whether objects that are generated may have properties that the schema doesn't list, where it lists some and doesn't say. They
    /// may by JSON Schema, and are taken where texts are matched; but few who list properties mean that, and a model that
    /// invents names comes to no end.
    /// </summary>
    public bool OpenObjects { get; init; }
}

/// <summary>What stands between the values of JSON.</summary>
public enum JsonWhitespace
{
    /// <summary>As the model likes: up to four blanks, or one or two line ends and an indentation of up to 40 blanks. A blank is a space or a tab.</summary>
    Free,

    /// <summary>A space behind each colon and each comma: what is certain to follow needs no sampling.</summary>
    OneSpace,

    /// <summary>Nothing.</summary>
    None,
}

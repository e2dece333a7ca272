using System.Text;
using AiKernels.Runtime.Chat.Reading;
using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Grammars.Characters;
using AiKernels.Runtime.Grammars.Expressions;
using AiKernels.Runtime.Grammars.Schemas;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>Makes expressions of the pieces of calls.</summary>
/// <param name="store">Makes expressions.</param>
/// <param name="tokenizer">Has the markers that are control tokens; null for none.</param>
/// <param name="whitespace">What stands between the values of JSON.</param>
internal sealed class CallExpressions(ExpressionStore store, Tokenizer? tokenizer, JsonWhitespace whitespace)
{
    // One template has as much, the others two line ends at most.
    private const int MostSpaces = 8;

    private const int LengthOfId = 9, MostDigits = 4;

    private static readonly ByteSet Digits = ByteSet.Range((byte)'0', (byte)'9'),
        Letters = ByteSet.Range((byte)'a', (byte)'z') | ByteSet.Range((byte)'A', (byte)'Z');

    private readonly Dictionary<Expression, Expression> _framed = [];
    private readonly JsonStringEncoding _characters = new(store, isPlain: false);
    private readonly Dictionary<ToolDefinition, ToolArguments> _arguments = [];

    public ExpressionStore Store => store;

    /// <summary>One character of white space.</summary>
    public static ByteSet Spaces { get; } = Markup.Spaces.Aggregate(default(ByteSet), (set, value) => set | ByteSet.Of((byte)value));

    /// <summary>White space beside markers, up to a bound that stops a model which writes nothing else.</summary>
    public Expression Space { get; } = store.Repeat(store.Bytes(Spaces), 0, MostSpaces);

    /// <summary>White space without such a bound, where what is excluded shall have none.</summary>
    public Expression AnySpace { get; } = store.Repeat(store.Bytes(Spaces), 0, null);

    /// <summary>What stands between the values of JSON.</summary>
    public JsonLayout Layout { get; } = new(store, whitespace);

    /// <summary>How arguments are written.</summary>
    public JsonSchemaOptions Json { get; } = new() { Whitespace = whitespace, PlainIntegers = true, DotNetTimes = true };

    /// <summary>Whether some arguments have items that must differ; known once all calls are made.</summary>
    public bool HasUniqueItems => _arguments.Values.Any(arguments => arguments.HasUniqueItems);

    /// <summary>A text.</summary>
    public Expression Text(string text) => store.Literal(Encoding.UTF8.GetBytes(text));

    /// <summary>A string of JSON, with whatever escapes.</summary>
    public Expression JsonString(string text) => store.Sequence(
        Text("\""), store.Sequence([.. text.EnumerateRunes().Select(rune => _characters.Encode(CodePointSet.Of((rune.Value, rune.Value))))]), Text("\""));

    /// <summary>A marker: spelt out, or as its token. A token that ends an answer needn't be written, and nothing can follow it.</summary>
    public Expression Marker(string marker) =>
        tokenizer is null || MarkerTokens.Find(tokenizer, marker) is not { } token ? Text(marker)
        : tokenizer.IsEndOfGeneration(token) ? store.Empty
        : store.Choice(store.Token(token), Text(marker));

    /// <summary>Text in which none of some markers is spelt out.</summary>
    public Expression Without(IEnumerable<string> markers) =>
        markers.ToArray() is { Length: > 0 } texts
            ? store.Not(store.Sequence(store.Anything, store.Choice(Array.ConvertAll(texts, Text)), store.Anything))
            : store.Anything;

    /// <summary>A rule of its own where many bytes repeat, so that which tokens they take is found once.</summary>
    public Expression Framed(Expression expression)
    {
        if (!_framed.TryGetValue(expression, out var framed))
        {
            _framed[expression] = framed = expression.HasWideLoop ? store.Call(new Rule("value") { Body = expression }) : expression;
        }

        return framed;
    }

    /// <summary>One after the other.</summary>
    public Expression Pieces(IEnumerable<CallPiece> pieces) => store.Sequence([.. pieces.Select(piece => Piece(piece, null))]);

    /// <summary>A call of any of some tools. What is the same in all stands before their choice.</summary>
    public Expression Call(CallFormat format, IReadOnlyList<ToolDefinition> tools)
    {
        var pieces = format.Call;
        var common = pieces.TakeWhile(piece => piece is CallPiece.Literal or CallPiece.Space).Count();
        var head = pieces[common] is CallPiece.Envelope envelope ? EnvelopeHead(envelope) : store.Empty;
        return store.Sequence(
            Optional(pieces.Take(format.Forgettable)), Pieces(pieces.Take(common).Skip(format.Forgettable)), head,
            store.Choice([.. tools.Select(tool => store.Sequence([.. pieces.Skip(common).Select(piece => Piece(piece, tool))]))]));
    }

    /// <summary>A tool's arguments as JSON.</summary>
    public Expression ArgumentsOf(ToolDefinition tool) => store.Json(Arguments(tool).Json());

    private Expression Optional(IEnumerable<CallPiece> pieces) => store.Optional(Pieces(pieces));

    private ToolArguments Arguments(ToolDefinition tool)
    {
        if (!_arguments.TryGetValue(tool, out var arguments))
        {
            _arguments[tool] = arguments = new ToolArguments(this, tool);
        }

        return arguments;
    }

    private Expression Piece(CallPiece piece, ToolDefinition? tool) => piece switch
    {
        CallPiece.Literal literal => Marker(literal.Text),
        CallPiece.Space { IsRequired: true } => store.Sequence(Text("\n"), Space),
        CallPiece.Space => Space,
        CallPiece.Name => Text(tool!.Name),
        CallPiece.NumberedName named => store.Sequence(
            Text($"{named.Prefix}{tool!.Name}:"), store.Repeat(store.Bytes(Digits), 1, MostDigits)),
        CallPiece.Id id => store.Optional(store.Sequence(
            Marker(id.Marker), store.Repeat(store.Bytes(Digits | Letters), LengthOfId, LengthOfId))),
        CallPiece.Arguments => ArgumentsOf(tool!),
        CallPiece.Envelope envelope => EnvelopeTail(envelope, tool!),
        CallPiece.Parameters parameters => Arguments(tool!).Between(parameters),
        _ => throw new NotSupportedException(piece.GetType().Name),
    };

    /// <summary>An object with name and arguments, up to the name.</summary>
    private Expression EnvelopeHead(CallPiece.Envelope envelope)
    {
        var type = store.Sequence(Text("\"type\""), Layout.Colon, Text("\"function\""), Layout.Space, Layout.Comma);
        return store.Sequence(
            Text("{"), Layout.Space, envelope.HasType ? store.Optional(type) : store.Empty, Text("\"name\""), Layout.Colon);
    }

    /// <summary>An object with name and arguments, from the name on. Mistral's models are shown an id behind them.</summary>
    private Expression EnvelopeTail(CallPiece.Envelope envelope, ToolDefinition tool)
    {
        var id = store.Sequence(
            Layout.Comma, Text("\"id\""), Layout.Colon,
            Text("\""), store.Repeat(store.Bytes(Digits | Letters), LengthOfId, LengthOfId), Text("\""), Layout.Space);
        return store.Sequence(
            Text($"\"{ParameterValue.Escape(tool.Name)}\""), Layout.Space, Layout.Comma, Text($"\"{envelope.ArgumentsKey}\""), Layout.Colon,
            ArgumentsOf(tool), Layout.Space, envelope.HasId ? store.Optional(id) : store.Empty, Text("}"));
    }
}

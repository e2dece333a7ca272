using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Reads a tool call, piece by piece.</summary>
/// <param name="pieces">The pieces.</param>
/// <param name="needed">How many there must be when the answer ends.</param>
/// <param name="call">What is read.</param>
internal sealed class CallReader(IReadOnlyList<CallPiece> pieces, int needed, OpenCall call)
{
    private IPieceReader? _current;
    private int _next;

    /// <summary>Whether its start was given out.</summary>
    public bool HasStarted => call.HasStarted;

    /// <inheritdoc cref="IPieceReader.Read"/>
    public Progress Read(PendingText text, bool isEnd)
    {
        for (; _next < pieces.Count; _next++)
        {
            _current ??= ReaderOf(pieces[_next]);
            var progress = _current.Read(text, isEnd);
            if (progress == Progress.NeedsMore && isEnd)
            {
                // A closing marker of which only the beginning was said, or nothing.
                text.Advance(_next >= needed ? text.Rest.Length : 0);
                progress = _next >= needed ? Progress.Done : Progress.Broken;
            }

            if (progress != Progress.Done)
            {
                return progress;
            }

            _current = null;
        }

        call.End();
        return Progress.Done;
    }

    private IPieceReader ReaderOf(CallPiece piece) => piece switch
    {
        CallPiece.Literal literal => new LiteralReader(literal.Text),
        CallPiece.Space => new SpaceReader(),
        CallPiece.Name => new NameReader(call, ""),
        CallPiece.NumberedName named => new NameReader(call, named.Prefix),
        CallPiece.Id id => new IdReader(call, id.Marker),
        CallPiece.Arguments => new ArgumentsReader(call),
        CallPiece.Envelope => new EnvelopeReader(call),
        CallPiece.Parameters parameters => new ParametersReader(call, parameters),
        _ => throw new NotSupportedException(piece.GetType().Name),
    };
}

using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Reads a tool call, piece by piece.</summary>
/// <param name="format">How it is written.</param>
/// <param name="call">What is read.</param>
internal sealed class CallReader(CallFormat format, OpenCall call)
{
    private IPieceReader? _current;
    private int _next;

    /// <summary>Whether its start was given out.</summary>
    public bool HasStarted => call.HasStarted;

    /// <summary>Reads on, from where the last time ended.</summary>
    /// <param name="text">What has come; what was read is passed over.</param>
    /// <param name="isEnd">Whether nothing more comes.</param>
    public Progress Read(PendingText text, bool isEnd)
    {
        for (; _next < format.Call.Count; _next++)
        {
            _current ??= ReaderOf(format.Call[_next]);
            var progress = _current.Read(text);
            if (progress == Progress.NeedsMore && isEnd)
            {
                // Done if only closing markers are missing, which the answer's end stands for.
                text.Advance(text.Rest.Length);
                progress = _next >= format.Needed ? Progress.Done : Progress.Broken;
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

using AiKernels.Runtime.Chat.Syntax;
using static AiKernels.Runtime.Chat.Syntax.HarmonyMarkers;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Reads gpt-oss' answers: several messages, each with a header that says whether it is reasoning, text or a call.</summary>
internal sealed class HarmonyAnswer : AnswerParser
{
    private static readonly string[] Ends = [End, Return, Call, Start];
    private static readonly CallPiece[] Content = [new CallPiece.Space(), new CallPiece.Arguments(), new CallPiece.Space(), new CallPiece.Literal(Call)];

    // What the prompt has of the first header.
    private string _said;
    private State _state = State.Header;
    private CallReader? _call;
    private int _mark, _behindMark;

    public HarmonyAnswer(ToolTable tools, string promptTail)
        : base(tools)
    {
        var start = promptTail.LastIndexOf(Start, StringComparison.Ordinal);
        _said = start < 0 ? "" : promptTail[(start + Start.Length)..];
        if (_said.IndexOf(Message, StringComparison.Ordinal) is >= 0 and var message)
        {
            EnterContent(HarmonyHeader.Read(_said[..message]) ?? new("", null));
        }
    }

    private enum State
    {
        Header,
        Text,
        Reasoning,
        Call,
        Between,
    }

    protected override bool IsUndecided => _state is State.Header or State.Call;

    protected override void Read(bool isEnd)
    {
        while (_state switch
        {
            State.Header => ReadHeader(isEnd),
            State.Call => ReadCall(isEnd),
            State.Between => ReadBetween(isEnd),
            _ => ReadContent(isEnd),
        })
        {
        }
    }

    private bool ReadHeader(bool isEnd)
    {
        var rest = Text.Rest;
        var length = rest.IndexOf(Message);
        var isFirst = _mark == _behindMark;
        var mayBe = !isFirst || _said.Contains(Channel, StringComparison.Ordinal) || HarmonyHeader.MayBegin(rest);
        if (mayBe && length is >= 0 and <= HarmonyHeader.Longest && HarmonyHeader.Read(_said + rest[..length].ToString()) is { } header)
        {
            Text.Advance(length + Message.Length);
            EnterContent(header);
            return true;
        }

        if (mayBe && length < 0 && !isEnd && rest.Length <= HarmonyHeader.Longest && !HasEnd(rest))
        {
            return false;
        }

        // It is none: what seemed to begin it is text, and so is what follows.
        Parts.Text(Text.Between(_mark, _behindMark));
        _state = State.Text;
        return true;
    }

    private static bool HasEnd(ReadOnlySpan<char> text) => NextEnd(text).Place >= 0;

    private static (int Place, string Marker) NextEnd(ReadOnlySpan<char> text)
    {
        var (first, marker) = (-1, "");
        foreach (var end in Ends)
        {
            var place = text.IndexOf(end);
            (first, marker) = place >= 0 && (first < 0 || place < first) ? (place, end) : (first, marker);
        }

        return (first, marker);
    }

    private void EnterContent(HarmonyHeader header)
    {
        _said = "";
        _state = header.Tool is not null ? State.Call : header.IsReasoning ? State.Reasoning : State.Text;
        if (header.Tool is { } tool)
        {
            _behindMark = Text.Position;
            var call = NewCall(isBare: false);
            call.Name = tool;
            _call = new CallReader(Content, Array.IndexOf(Content, new CallPiece.Arguments()) + 1, call);
        }
    }

    private bool ReadContent(bool isEnd)
    {
        var rest = Text.Rest;
        var (place, marker) = NextEnd(rest);
        var count = place >= 0 ? place : isEnd ? rest.Length : rest.Length - Ends.Max(PartialLengthOfRest);
        if (_state == State.Reasoning)
        {
            Parts.Reasoning(rest[..count]);
        }
        else
        {
            Parts.Text(rest[..count]);
        }

        Text.Advance(count);
        if (place < 0)
        {
            return false;
        }

        if (marker != Start)
        {
            Text.Advance(marker.Length);
        }

        _state = State.Between;
        return true;
    }

    private int PartialLengthOfRest(string marker) => Markup.PartialLength(Text.Rest, marker);

    private bool ReadCall(bool isEnd)
    {
        var progress = _call!.Read(Text, isEnd);
        if (progress == Progress.NeedsMore)
        {
            return false;
        }

        Count(_call.HasStarted);
        _call = null;
        if (progress == Progress.Done)
        {
            _state = State.Between;
            return true;
        }

        Parts.Text(Text.Between(_mark, _behindMark));
        Text.Position = _behindMark;
        _state = State.Text;
        return true;
    }

    private bool ReadBetween(bool isEnd)
    {
        Text.Advance(Markup.SpaceLength(Text.Rest));
        var rest = Text.Rest;
        if (rest.IsEmpty || (!isEnd && Start.AsSpan().StartsWith(rest) && rest.Length < Start.Length))
        {
            return false;
        }

        var isStart = rest.StartsWith(Start);
        _mark = Text.Position;
        Text.Advance(isStart ? Start.Length : 0);
        _behindMark = Text.Position;
        _state = isStart ? State.Header : State.Text;
        return true;
    }
}

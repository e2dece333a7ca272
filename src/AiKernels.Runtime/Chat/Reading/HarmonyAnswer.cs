using AiKernels.Runtime.Chat.Syntax;
using static AiKernels.Runtime.Chat.Syntax.HarmonyMarkers;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Reads gpt-oss' answers: several messages, each with a header that says whether it is reasoning, text or a call.</summary>
internal sealed class HarmonyAnswer : AnswerParser
{
    private static readonly string[] Ends = [End, Return, Call, Start];

    private readonly bool _isTextRequired;

    // What the prompt has of the first header.
    private string _said;
    private State _state = State.Header;

    // Of a header: where what begins it stands, which is nothing for the first, since that begins in the prompt.
    private int _start, _behindStart;

    // Of messages: whether one of a kind was given out already, and whether the current one is the next of its kind.
    private bool _hasText, _hasReasoning, _isNext;

    public HarmonyAnswer(ToolTable tools, string promptTail, bool isTextRequired)
        : base(tools)
    {
        _isTextRequired = isTextRequired;
        var start = promptTail.LastIndexOf(Start, StringComparison.Ordinal);
        _said = start < 0 ? "" : promptTail[(start + Start.Length)..];
        if (_said.IndexOf(Message, StringComparison.Ordinal) is >= 0 and var message)
        {
            EnterMessage(HarmonyHeader.Read(_said[..message]) ?? new("", null));
        }
    }

    private enum State
    {
        Header,
        Text,
        Reasoning,
        Between,
    }

    protected override bool IsUndecided => _state == State.Header;

    protected override bool ReadOther(bool isEnd) => _state switch
    {
        State.Header => ReadHeader(isEnd),
        State.Between => ReadBetween(isEnd),
        _ => ReadContent(isEnd),
    };

    protected override void Leave(bool wasWhole) => (_state, _isNext) = (wasWhole ? State.Between : State.Text, false);

    private bool ReadHeader(bool isEnd)
    {
        var rest = Text.Rest;
        var length = rest.IndexOf(Message);
        var isFirst = _start == _behindStart;
        var mayBe = !isFirst || _said.Contains(Channel, StringComparison.Ordinal) || HarmonyHeader.MayBegin(rest);
        if (mayBe && length is >= 0 and <= HarmonyHeader.Longest && HarmonyHeader.Read(_said + rest[..length].ToString()) is { } header)
        {
            Text.Advance(length + Message.Length);
            EnterMessage(header);
            return true;
        }

        if (mayBe && length < 0 && rest.Length <= HarmonyHeader.Longest && NextEnd(rest).Place < 0)
        {
            if (!isEnd)
            {
                return false;
            }

            if (isFirst ? rest.StartsWith(Channel) && HarmonyHeader.IsCutOff(Role + rest.ToString()) : HarmonyHeader.IsCutOff(rest.ToString()))
            {
                Text.Advance(rest.Length);
                return false;
            }
        }

        // It is none: what seemed to begin it is text, and so is what follows.
        Parts.Text(Text.Between(_start, _behindStart));
        (_state, _isNext) = (State.Text, false);
        return true;
    }

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

    private void EnterMessage(HarmonyHeader header)
    {
        _said = "";
        if (header.Tool is { } tool)
        {
            Enter(CallFormats.HarmonyContent, _start, Text.Position, tool);
            return;
        }

        _state = header.IsReasoning ? State.Reasoning : State.Text;
        _isNext = header.IsReasoning ? _hasReasoning : _hasText;
    }

    private bool ReadContent(bool isEnd)
    {
        var rest = Text.Rest;
        var isWhole = _isTextRequired && _state == State.Text; // Then nothing in it is a marker, and nothing follows it.
        var (place, marker) = isWhole ? (-1, "") : NextEnd(rest);
        Give(rest[..(place >= 0 ? place : isEnd || isWhole ? rest.Length : rest.Length - HeldBack(rest))]);
        if (place < 0)
        {
            return false;
        }

        Text.Advance(marker == Start ? 0 : marker.Length);
        _state = State.Between;
        return true;
    }

    /// <summary>Gives out what a message says, on a line of its own if there was another one of its kind.</summary>
    private void Give(ReadOnlySpan<char> content)
    {
        Text.Advance(content.Length);
        if (content.IsEmpty)
        {
            return;
        }

        var line = _isNext ? "\n" : "";
        _isNext = false;
        if (_state == State.Reasoning)
        {
            Parts.Reasoning(line);
            Parts.Reasoning(content);
            _hasReasoning = true;
        }
        else
        {
            Parts.Text(line);
            Parts.Text(content);
            _hasText = true;
        }
    }

    private static int HeldBack(ReadOnlySpan<char> rest)
    {
        var held = 0;
        foreach (var end in Ends)
        {
            held = Math.Max(held, Markup.PartialLength(rest, end));
        }

        return held;
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
        _start = Text.Position;
        Text.Advance(isStart ? Start.Length : 0);
        _behindStart = Text.Position;
        (_state, _isNext) = (isStart ? State.Header : State.Text, false);
        return true;
    }
}

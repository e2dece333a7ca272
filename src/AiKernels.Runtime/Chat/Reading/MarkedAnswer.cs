namespace AiKernels.Runtime.Chat.Reading;

/// <summary>
/// Reads answers in which markers set reasoning and calls off from text. White space beside a marker belongs to it. What may
/// become a marker waits; a call that turns out to be none is read again as text, from behind its first marker on.
/// </summary>
internal sealed class MarkedAnswer : AnswerParser
{
    private readonly ChatSyntax _syntax;
    private readonly Trigger[] _triggers;
    private readonly bool _trims;
    private State _state;
    private bool _skipsSpace, _isAtStart = true, _isBehindCall;

    // Of a call: what reads it, and where it and what stands behind its first marker begin.
    private CallReader? _call;
    private int _mark, _behindTrigger;

    public MarkedAnswer(ChatSyntax syntax, ToolTable tools, bool isThinking)
        : base(tools)
    {
        _syntax = syntax;
        _triggers = [.. Trigger.Of(syntax)];
        _trims = _triggers.Any(trigger => !trigger.OnlyAtStart);
        (_state, _skipsSpace) = (isThinking ? State.Reasoning : State.Text, isThinking);
    }

    private enum State
    {
        Text,
        Reasoning,
        Call,
    }

    protected override bool IsUndecided => _state == State.Call;

    protected override void Read(bool isEnd)
    {
        while (true)
        {
            if (_skipsSpace && _state != State.Call)
            {
                Text.Advance(Markup.SpaceLength(Text.Rest));
                _skipsSpace = Text.Rest.IsEmpty;
            }

            var goesOn = _state switch
            {
                State.Call => ReadCall(isEnd),
                State.Reasoning => ReadReasoning(isEnd),
                _ => ReadText(isEnd),
            };
            if (!goesOn)
            {
                return;
            }
        }
    }

    private bool ReadText(bool isEnd)
    {
        var rest = Text.Rest;
        var lead = _isAtStart ? Markup.SpaceLength(rest) : -1;
        var (first, trigger) = (rest.Length, (Trigger?)null);
        foreach (var candidate in _triggers)
        {
            var place = !IsActive(candidate) ? -1
                : !candidate.OnlyAtStart ? rest.IndexOf(candidate.Text)
                : rest[lead..].StartsWith(candidate.Text) ? lead : -1;
            if (place >= 0 && place < first)
            {
                (first, trigger) = (place, candidate);
            }
        }

        if (trigger is not null)
        {
            Enter(trigger, first);
            return true;
        }

        var count = isEnd ? rest.Length : rest.Length - HeldBack(rest, lead);
        _isAtStart &= Markup.SpaceLength(rest[..count]) == count;
        Parts.Text(rest[..count]);
        Text.Advance(count);
        return false;
    }

    private bool IsActive(Trigger trigger) =>
        (!trigger.OnlyAtStart || _isAtStart) && (!trigger.OnlyBehindCall || _isBehindCall);

    /// <summary>How many characters at the end may be markup, with white space before it.</summary>
    private int HeldBack(ReadOnlySpan<char> rest, int lead)
    {
        var held = 0;
        foreach (var trigger in _triggers.Where(IsActive))
        {
            var partial = Markup.PartialLength(rest, trigger.Text);
            held = !trigger.OnlyAtStart || partial == rest.Length - lead ? Math.Max(held, partial) : held;
        }

        var mayTrim = _trims || held > 0 || (_isAtStart && lead == rest.Length && _triggers.Length > 0);
        return mayTrim ? rest.Length - Markup.TrimEnd(rest[..^held]).Length : held;
    }

    private void Enter(Trigger trigger, int place)
    {
        var said = Markup.TrimEnd(Text.Rest[..place]);
        Parts.Text(said);
        (_mark, _behindTrigger) = (Text.Position + said.Length, Text.Position + place + trigger.Text.Length);
        if (trigger.Kind == TriggerKind.Call)
        {
            Text.Advance(place);

            _call = new CallReader(trigger.Pieces, trigger.Needed, NewCall(_syntax.Calls!.IsBare));
            _state = State.Call;
            return;
        }

        Text.Position = _behindTrigger;
        _state = trigger.Kind == TriggerKind.Reasoning ? State.Reasoning : State.Text;
        (_skipsSpace, _isAtStart, _isBehindCall) = (true, true, false);
    }

    private bool ReadReasoning(bool isEnd)
    {
        var rest = Text.Rest;
        var close = _syntax.Reasoning!.Close;
        if (rest.IndexOf(close) is >= 0 and var place)
        {
            Parts.Reasoning(Markup.TrimEnd(rest[..place]));
            Text.Advance(place + close.Length);
            (_state, _skipsSpace, _isAtStart) = (State.Text, true, true);
            return true;
        }

        var count = isEnd ? rest.Length : Markup.TrimEnd(rest[..^Markup.PartialLength(rest, close)]).Length;
        Parts.Reasoning(rest[..count]);
        Text.Advance(count);
        return false;
    }

    private bool ReadCall(bool isEnd)
    {
        var progress = _call!.Read(Text, isEnd);
        if (progress == Progress.NeedsMore)
        {
            return false;
        }

        Count(_call.HasStarted);
        (_state, _call) = (State.Text, null);
        if (progress == Progress.Done)
        {
            (_skipsSpace, _isAtStart, _isBehindCall) = (true, true, true);
            return true;
        }

        Parts.Text(Text.Between(_mark, _behindTrigger));
        Text.Position = _behindTrigger;
        (_skipsSpace, _isAtStart, _isBehindCall) = (false, false, false);
        return true;
    }
}

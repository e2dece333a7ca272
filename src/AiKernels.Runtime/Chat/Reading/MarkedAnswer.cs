namespace AiKernels.Runtime.Chat.Reading;

/// <summary>
/// Reads answers in which markers set reasoning and calls off from text. White space before a marker and blank lines behind it
/// belong to it. What may become a marker waits.
/// </summary>
internal sealed class MarkedAnswer : AnswerParser
{
    private readonly ChatSyntax _syntax;
    private readonly Trigger[] _triggers;
    private readonly bool _trims;
    private bool _isReasoning, _isBehindMarker, _isAtStart = true, _isBehindCall;

    /// <param name="syntax">How the model writes.</param>
    /// <param name="tools">The tools that may be called.</param>
    /// <param name="thinking">Where reasoning stands before the answer.</param>
    /// <param name="isTextRequired">Whether the text follows a grammar of its own, so that nothing in it is a marker.</param>
    public MarkedAnswer(ChatSyntax syntax, ToolTable tools, ThinkingState thinking, bool isTextRequired)
        : base(tools)
    {
        _syntax = syntax;
        List<Trigger> triggers = [];
        if (syntax.Reasoning is { } reasoning && !(isTextRequired && thinking == ThinkingState.Over))
        {
            triggers.Add(new(reasoning.Open) { OnlyAtStart = true, BeginsReasoning = true });
        }

        if (syntax.Calls is { } calls && tools.MayHaveAny)
        {
            triggers.AddRange(Trigger.Of(calls));
        }

        _triggers = [.. triggers.Select(trigger => trigger with { OnlyAtStart = trigger.OnlyAtStart || isTextRequired })];
        _trims = Array.Exists(_triggers, trigger => !trigger.OnlyAtStart);
        _isReasoning = _isBehindMarker = thinking == ThinkingState.Open;
    }

    protected override bool ReadOther(bool isEnd) =>
        (!_isBehindMarker || SkipBlankLines(isEnd)) && (_isReasoning ? ReadReasoning(isEnd) : ReadText(isEnd));

    protected override void Leave(bool wasWhole) => (_isBehindMarker, _isAtStart, _isBehindCall) = (wasWhole, wasWhole, wasWhole);

    private bool SkipBlankLines(bool isEnd)
    {
        var length = Markup.BlankLinesLength(Text.Rest);
        Text.Advance(length >= 0 ? length : isEnd ? Text.Rest.Length : 0);
        _isBehindMarker = length < 0;
        return length >= 0;
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
            Follow(trigger, first);
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
        foreach (var trigger in _triggers)
        {
            var partial = IsActive(trigger) ? Markup.PartialLength(rest, trigger.Text) : 0;
            held = !trigger.OnlyAtStart || partial == rest.Length - lead ? Math.Max(held, partial) : held;
        }

        var mayTrim = _trims || held > 0 || (_isAtStart && lead == rest.Length && _triggers.Length > 0);
        return mayTrim ? rest.Length - Markup.TrimEnd(rest[..^held]).Length : held;
    }

    private void Follow(Trigger trigger, int place)
    {
        var said = Markup.TrimEnd(Text.Rest[..place]);
        Parts.Text(said);
        var (mark, behind) = (Text.Position + said.Length, Text.Position + place + trigger.Text.Length);
        if (trigger.Call is { } call)
        {
            Text.Advance(place);
            Enter(call, mark, behind);
            return;
        }

        Text.Position = behind;
        (_isReasoning, _isBehindMarker, _isAtStart, _isBehindCall) = (trigger.BeginsReasoning, true, true, false);
    }

    private bool ReadReasoning(bool isEnd)
    {
        var rest = Text.Rest;
        var close = _syntax.Reasoning!.Close;
        if (rest.IndexOf(close) is >= 0 and var place)
        {
            Parts.Reasoning(Markup.TrimEnd(rest[..place]));
            Text.Advance(place + close.Length);
            (_isReasoning, _isBehindMarker, _isAtStart) = (false, true, true);
            return true;
        }

        var count = isEnd ? rest.Length : Markup.TrimEnd(rest[..^Markup.PartialLength(rest, close)]).Length;
        Parts.Reasoning(rest[..count]);
        Text.Advance(count);
        return false;
    }
}

using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Reads arguments that stand one by one between tags, and makes JSON of them. Strings are given out as they come.</summary>
internal sealed class ParametersReader(OpenCall call, CallPiece.Parameters tags) : IPieceReader
{
    private State _state;
    private bool _isFirst = true;

    // Of a value: what it may be, and what finds its end.
    private JsonKinds _kinds;
    private ValueEnd? _end;

    private enum State
    {
        Begin,
        OpenOrEnd,
        Name,
        ValueOpen,
        ValueStart,
        String,
        Value,
        End,
    }

    public Progress Read(PendingText text)
    {
        var progress = Progress.Done;
        while (progress == Progress.Done && _state != State.End)
        {
            progress = _state switch
            {
                State.Begin => Begin(),
                State.OpenOrEnd => ReadOpen(text),
                State.Name => ReadName(text),
                State.ValueOpen => ReadValueOpen(text),
                State.ValueStart => ReadValueStart(text),
                State.String => ReadString(text),
                _ => ReadValue(text),
            };
        }

        return progress;
    }

    private Progress Begin()
    {
        if (!call.TryStart())
        {
            return Progress.Broken;
        }

        call.Add("{");
        return Enter(State.OpenOrEnd);
    }

    private Progress ReadOpen(PendingText text)
    {
        text.Advance(Markup.SpaceLength(text.Rest));
        if (text.Rest.StartsWith(tags.Open))
        {
            text.Advance(tags.Open.Length);
            return Enter(State.Name);
        }

        if (tags.Open.AsSpan().StartsWith(text.Rest))
        {
            return Progress.NeedsMore;
        }

        call.Add("}");
        return Enter(State.End);
    }

    private Progress ReadName(PendingText text)
    {
        var end = text.Rest.IndexOf(tags.NameEnd);
        if (end < 0 || end > Markup.LongestName)
        {
            return Math.Max(end, text.Rest.Length - tags.NameEnd.Length) > Markup.LongestName ? Progress.Broken : Progress.NeedsMore;
        }

        var name = text.Rest[..end].Trim(Markup.Spaces).ToString();
        text.Advance(end + tags.NameEnd.Length);
        if (name.Length == 0)
        {
            return Progress.Broken;
        }

        call.Add($"{(_isFirst ? "" : ", ")}\"{ParameterValue.Escape(name)}\": ");
        _isFirst = false;
        _kinds = call.Tools.KindsOf(call.Name!, name);
        return Enter(State.ValueOpen);
    }

    private Progress ReadValueOpen(PendingText text)
    {
        if (tags.ValueOpen.Length > 0)
        {
            text.Advance(Markup.SpaceLength(text.Rest));
            if (!text.Rest.StartsWith(tags.ValueOpen))
            {
                return tags.ValueOpen.AsSpan().StartsWith(text.Rest) ? Progress.NeedsMore : Progress.Broken;
            }

            text.Advance(tags.ValueOpen.Length);
        }

        return Enter(State.ValueStart);
    }

    private Progress ReadValueStart(PendingText text)
    {
        if (text.Rest.IsEmpty)
        {
            return Progress.NeedsMore;
        }

        text.Advance(tags.HasLines && text.Rest[0] == '\n' ? 1 : 0);
        if (_kinds == JsonKinds.String)
        {
            call.Add("\"");
            return Enter(State.String);
        }

        _end = new ValueEnd(tags.Close, mayBeJson: (_kinds & JsonKinds.String) == 0);
        return Enter(State.Value);
    }

    private Progress ReadString(PendingText text)
    {
        var end = text.Rest.IndexOf(tags.Close);
        var value = text.Rest[..(end >= 0 ? end : SafeLength(text.Rest))];
        call.Add(ParameterValue.Escape(end >= 0 ? WithoutLine(value) : value));
        text.Advance(value.Length);
        return end < 0 ? Progress.NeedsMore : Close(text, "\"");
    }

    private Progress ReadValue(PendingText text)
    {
        var end = _end!.Find(text.Rest);
        if (end < 0)
        {
            return Progress.NeedsMore;
        }

        var json = ParameterValue.ToJson(WithoutLine(text.Rest[..end]).ToString(), _kinds, tags.IsPythonic);
        text.Advance(end);
        return Close(text, json);
    }

    private Progress Close(PendingText text, string json)
    {
        call.Add(json);
        text.Advance(tags.Close.Length);
        return Enter(State.OpenOrEnd);
    }

    private Progress Enter(State state)
    {
        _state = state;
        return Progress.Done;
    }

    private ReadOnlySpan<char> WithoutLine(ReadOnlySpan<char> value) => tags.HasLines && value.EndsWith('\n') ? value[..^1] : value;

    /// <summary>How much of a text can be given out though its end isn't known: not what may be markup, nor half a character.</summary>
    private int SafeLength(ReadOnlySpan<char> text)
    {
        var length = text.Length - Markup.PartialLength(text, tags.Close);
        length -= tags.HasLines && length > 0 && text[length - 1] == '\n' ? 1 : 0;
        return length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
    }
}

using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Reads arguments that stand one by one between tags, and makes JSON of them. Strings are given out as they come.</summary>
internal sealed class ParametersReader(OpenCall call, CallPiece.Parameters tags) : IPieceReader
{
    private readonly HashSet<string> _names = [];
    private State _state;
    private JsonKinds _kinds;

    private enum State
    {
        Begin,
        OpenOrEnd,
        Name,
        ValueOpen,
        ValueStart,
        String,
        Value,
    }

    public Progress Read(PendingText text, bool isEnd)
    {
        while (true)
        {
            var before = _state;
            var progress = _state switch
            {
                State.Begin => Begin(),
                State.OpenOrEnd => ReadOpen(text),
                State.Name => ReadName(text),
                State.ValueOpen => ReadValueOpen(text),
                State.ValueStart => ReadValueStart(text),
                _ => ReadValue(text),
            };
            if (progress != Progress.Done || (before == State.OpenOrEnd && _state == State.OpenOrEnd))
            {
                return progress;
            }
        }
    }

    private Progress Begin()
    {
        _state = State.OpenOrEnd;
        if (!call.TryStart())
        {
            return Progress.Broken;
        }

        call.Add("{");
        return Progress.Done;
    }

    private Progress ReadOpen(PendingText text)
    {
        text.Advance(Markup.SpaceLength(text.Rest));
        if (text.Rest.StartsWith(tags.Open))
        {
            text.Advance(tags.Open.Length);
            _state = State.Name;
            return Progress.Done;
        }

        if (tags.Open.AsSpan().StartsWith(text.Rest))
        {
            return Progress.NeedsMore;
        }

        call.Add("}"); // The state stays: that was all.
        return Progress.Done;
    }

    private Progress ReadName(PendingText text)
    {
        var end = text.Rest.IndexOf(tags.NameEnd);
        if (end < 0 || end > Markup.LongestName)
        {
            return Math.Max(end, text.Rest.Length) > Markup.LongestName ? Progress.Broken : Progress.NeedsMore;
        }

        var name = text.Rest[..end].Trim().ToString();
        text.Advance(end + tags.NameEnd.Length);
        if (name.Length == 0 || !_names.Add(name))
        {
            return Progress.Broken;
        }

        call.Add($"{(_names.Count > 1 ? ", " : "")}\"{Escape(name)}\": ");
        _kinds = call.Tools.KindsOf(call.Name!, name);
        _state = State.ValueOpen;
        return Progress.Done;
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

        _state = State.ValueStart;
        return Progress.Done;
    }

    private Progress ReadValueStart(PendingText text)
    {
        if (text.Rest.IsEmpty)
        {
            return Progress.NeedsMore;
        }

        text.Advance(tags.HasLines && text.Rest[0] == '\n' ? 1 : 0);
        _state = _kinds == JsonKinds.String ? State.String : State.Value;
        call.Add(_state == State.String ? "\"" : "");
        return Progress.Done;
    }

    private Progress ReadValue(PendingText text)
    {
        var end = EndOfValue(text.Rest);
        if (end < 0)
        {
            if (_state == State.String)
            {
                var safe = SafeLength(text.Rest);
                call.Add(Escape(text.Rest[..safe]));
                text.Advance(safe);
            }

            return Progress.NeedsMore;
        }

        var value = text.Rest[..end];
        value = tags.HasLines && value.EndsWith('\n') ? value[..^1] : value;
        call.Add(_state == State.String ? Escape(value) + "\"" : ParameterValue.ToJson(value.ToString(), _kinds, tags.IsPythonic));
        text.Advance(end + tags.Close.Length);
        _state = State.OpenOrEnd;
        return Progress.Done;
    }

    /// <summary>Where the tag is that ends a value; one within a string of JSON is part of it. Negative where it has yet to come.</summary>
    private int EndOfValue(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf(tags.Close);
        var start = Markup.SpaceLength(text);
        if ((_kinds & JsonKinds.String) != 0 || start == text.Length || text[start] is not ('{' or '['))
        {
            return end;
        }

        var (json, read, isJson) = (new JsonScanner(), start, true);
        while (end >= 0)
        {
            for (; isJson && read < end; read++)
            {
                isJson = json.TryRead(text[read]);
            }

            if (!isJson || !json.IsInString)
            {
                return end;
            }

            end = text[(end + 1)..].IndexOf(tags.Close) is >= 0 and var next ? end + 1 + next : -1;
        }

        return end;
    }

    /// <summary>How much of a text can be given out though its end isn't known: not what may be markup, nor half a character.</summary>
    private int SafeLength(ReadOnlySpan<char> text)
    {
        var length = text.Length - Markup.PartialLength(text, tags.Close);
        length -= tags.HasLines && length > 0 && text[length - 1] == '\n' ? 1 : 0;
        return length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
    }

    private static string Escape(ReadOnlySpan<char> text) => ParameterValue.Escape(text);
}

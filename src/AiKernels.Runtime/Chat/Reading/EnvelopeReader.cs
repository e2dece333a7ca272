using System.Text.Json;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Reads an object with a tool's name and arguments. Once the name is known, arguments are given out as they come.</summary>
internal sealed class EnvelopeReader(OpenCall call) : IPieceReader
{
    private State _state;
    private JsonScanner _json = new();
    private string _key = "";
    private int _read; // Of the key or value that is being read, which stays in the text until it is whole, unless it streams.
    private string? _arguments;
    private bool _hasArguments, _streams;

    private enum State
    {
        Open,
        KeyOrClose,
        Key,
        Colon,
        Value,
        CommaOrClose,
    }

    public Progress Read(PendingText text)
    {
        while (true)
        {
            if (_read == 0 && !_streams)
            {
                text.Advance(Markup.SpaceLength(text.Rest));
            }

            if (text.Rest.Length <= _read)
            {
                return Progress.NeedsMore;
            }

            var progress = _state is State.Key or State.Value ? ReadValue(text) : ReadPunctuation(text);
            if (progress != Progress.Done || _state == State.Open)
            {
                return progress;
            }
        }
    }

    private Progress ReadPunctuation(PendingText text)
    {
        var character = text.Rest[0];
        if (_state == State.KeyOrClose && character == '"')
        {
            Begin(State.Key);
            return Progress.Done; // The key's first quote is its own.
        }

        text.Advance(1);
        switch (_state, character)
        {
            case (State.Open, '{'):
                _state = State.KeyOrClose;
                return Progress.Done;
            case (State.Colon, ':'):
                Begin(State.Value);
                return Progress.Done;
            case (State.CommaOrClose, ','):
                _state = State.KeyOrClose;
                return Progress.Done;
            case (State.KeyOrClose or State.CommaOrClose, '}'):
                return Close();
            default:
                return Progress.Broken;
        }
    }

    private void Begin(State state) => (_state, _json, _read) = (state, new JsonScanner(), 0);

    private Progress ReadValue(PendingText text)
    {
        var rest = text.Rest;
        if (_read == 0 && !_streams && _state == State.Value && !TryBeginValue(rest[0]))
        {
            return Progress.Broken;
        }

        for (; _read < rest.Length; _read++)
        {
            if (_json.IsClosed || !_json.TryRead(rest[_read]))
            {
                return _json.IsComplete ? Finish(text) : Break(text);
            }
        }

        if (_json.IsClosed)
        {
            return Finish(text);
        }

        if (_streams)
        {
            call.Add(rest);
            text.Advance(_read);
            _read = 0;
        }

        return Progress.NeedsMore;
    }

    private bool TryBeginValue(char first)
    {
        switch (_key)
        {
            case "name":
                return first == '"' && call.Name is null;
            case "arguments" or "parameters":
                _streams = first == '{' && call.Name is not null;
                var isFirst = !_hasArguments;
                _hasArguments = true;
                return isFirst && first is '{' or '"' or 'n' && (!_streams || call.TryStart());
            default:
                return _key is "id" or "type";
        }
    }

    private Progress Finish(PendingText text)
    {
        var value = text.Rest[.._read];
        var progress = _state == State.Key ? FinishKey(value) : FinishValue(value);
        text.Advance(_read);
        _read = 0;
        return progress;
    }

    private Progress Break(PendingText text)
    {
        text.Advance(_read);
        return Progress.Broken;
    }

    private Progress FinishKey(ReadOnlySpan<char> key)
    {
        _key = Unquote(key);
        _state = State.Colon;
        return Progress.Done;
    }

    private Progress FinishValue(ReadOnlySpan<char> value)
    {
        _state = State.CommaOrClose;
        if (_streams)
        {
            call.Add(value);
            _streams = false;
            return Progress.Done;
        }

        switch (_key)
        {
            case "name":
                call.Name = Unquote(value);
                return call.Name.Length > 0 ? Progress.Done : Progress.Broken;
            case "id":
                call.Id = value[0] == '"' ? Unquote(value) : value.ToString();
                return Progress.Done;
            case "type":
                return value is "\"function\"" ? Progress.Done : Progress.Broken;
            default:
                _arguments = value[0] == '"' ? Unquote(value) : value is "null" ? "{}" : value.ToString();
                return IsObject(_arguments) ? Progress.Done : Progress.Broken;
        }
    }

    private Progress Close()
    {
        _state = State.Open;
        if (call.HasStarted)
        {
            return Progress.Done;
        }

        if ((call.IsBare && !_hasArguments) || !call.TryStart())
        {
            return Progress.Broken;
        }

        call.Add(_arguments ?? "{}");
        return Progress.Done;
    }

    /// <summary>What a JSON string stands for; .NET takes half of a surrogate pair only where it stands for itself.</summary>
    private static string Unquote(ReadOnlySpan<char> value)
    {
        try
        {
            return JsonElement.Parse(value).GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return value[1..^1].ToString();
        }
    }

    private static bool IsObject(string json)
    {
        var scanner = new JsonScanner();
        return json.StartsWith('{') && json.All(scanner.TryRead) && scanner.IsClosed;
    }
}

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Follows one JSON value character by character. Source: RFC 8259.</summary>
internal sealed class JsonScanner
{
    // As deep as .NET's own readers go by default.
    private const int MostDepth = 64;

    private readonly Stack<bool> _isObject = [];
    private State _state = State.Value;
    private string _word = "";
    private int _left;
    private bool _isKey;

    private enum State
    {
        Value,
        ValueOrEnd,
        Key,
        KeyOrEnd,
        Colon,
        After,
        String,
        Escape,
        Hexadecimal,
        Word,
        Sign,
        Zero,
        Integer,
        Point,
        Fraction,
        Exponent,
        ExponentSign,
        ExponentDigits,
    }

    /// <summary>Whether what was read is a whole value; a number may go on nevertheless.</summary>
    public bool IsComplete => _isObject.Count == 0
        && _state is State.After or State.Zero or State.Integer or State.Fraction or State.ExponentDigits;

    /// <summary>Whether what was read is a whole value that can't go on.</summary>
    public bool IsClosed => _isObject.Count == 0 && _state == State.After;

    /// <summary>Whether the last character was part of a string.</summary>
    public bool IsInString => _state is State.String or State.Escape or State.Hexadecimal;

    /// <summary>Reads a character, unless no value goes on with it.</summary>
    public bool TryRead(char character)
    {
        switch (_state)
        {
            case State.String or State.Escape or State.Hexadecimal:
                return ReadString(character);
            case State.Word:
                return Expect(character == _word[^_left], --_left == 0 ? State.After : State.Word);
            case State.Sign or State.Zero or State.Integer or State.Point or State.Fraction
                or State.Exponent or State.ExponentSign or State.ExponentDigits:
                return ReadNumber(character) || (IsNumberWhole && _isObject.Count > 0 && ReadBetween(character));
            default:
                return ReadBetween(character);
        }
    }

    private bool IsNumberWhole => _state is State.Zero or State.Integer or State.Fraction or State.ExponentDigits;

    private bool ReadBetween(char character)
    {
        if (character is ' ' or '\t' or '\n' or '\r')
        {
            // Behind a number it is behind the value.
            _state = IsNumberWhole ? State.After : _state;
            return !IsClosed || _isObject.Count > 0;
        }

        return _state switch
        {
            State.Value => Begin(character),
            State.ValueOrEnd => character == ']' ? Close(isObject: false) : Begin(character),
            State.Key => character == '"' && BeginString(isKey: true),
            State.KeyOrEnd => character == '}' ? Close(isObject: true) : character == '"' && BeginString(isKey: true),
            State.Colon => Expect(character == ':', State.Value),
            _ => _isObject.Count > 0 && character switch
            {
                ',' => Expect(true, _isObject.Peek() ? State.Key : State.Value),
                '}' or ']' => Close(character == '}'),
                _ => false,
            },
        };
    }

    private bool Begin(char character) => character switch
    {
        '{' => Open(isObject: true),
        '[' => Open(isObject: false),
        '"' => BeginString(isKey: false),
        't' => BeginWord("true"),
        'f' => BeginWord("false"),
        'n' => BeginWord("null"),
        '-' => Expect(true, State.Sign),
        '0' => Expect(true, State.Zero),
        _ => Expect(char.IsAsciiDigit(character), State.Integer),
    };

    private bool Open(bool isObject)
    {
        _isObject.Push(isObject);
        return Expect(_isObject.Count <= MostDepth, isObject ? State.KeyOrEnd : State.ValueOrEnd);
    }

    private bool Close(bool isObject) => Expect(_isObject.Pop() == isObject, State.After);

    private bool BeginString(bool isKey)
    {
        _isKey = isKey;
        return Expect(true, State.String);
    }

    private bool BeginWord(string word)
    {
        (_word, _left) = (word, word.Length - 1);
        return Expect(true, State.Word);
    }

    private bool ReadString(char character)
    {
        switch (_state)
        {
            case State.Escape when character == 'u':
                _left = 4;
                return Expect(true, State.Hexadecimal);
            case State.Escape:
                return Expect(character is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't', State.String);
            case State.Hexadecimal:
                return Expect(char.IsAsciiHexDigit(character), --_left == 0 ? State.String : State.Hexadecimal);
            default:
                return character switch
                {
                    '"' => Expect(true, _isKey ? State.Colon : State.After),
                    '\\' => Expect(true, State.Escape),
                    _ => character >= ' ',
                };
        }
    }

    private bool ReadNumber(char character)
    {
        State? next = (_state, character) switch
        {
            (State.Sign, '0') => State.Zero,
            (State.Sign or State.Integer, >= '0' and <= '9') => State.Integer,
            (State.Zero or State.Integer, '.') => State.Point,
            (State.Point or State.Fraction, >= '0' and <= '9') => State.Fraction,
            (State.Zero or State.Integer or State.Fraction, 'e' or 'E') => State.Exponent,
            (State.Exponent, '+' or '-') => State.ExponentSign,
            (State.Exponent or State.ExponentSign or State.ExponentDigits, >= '0' and <= '9') => State.ExponentDigits,
            _ => null,
        };
        _state = next ?? _state;
        return next is not null;
    }

    private bool Expect(bool isGood, State next)
    {
        _state = isGood ? next : _state;
        return isGood;
    }
}

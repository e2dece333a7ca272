using System.Text.Json;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Grammars.Matching;

/// <summary>
/// Reads JSON byte by byte and tells whether an item of the innermost array equals an earlier one. JSON within other text is
/// read from where somebody says that it begins to its own end.
/// </summary>
internal sealed class JsonItems
{
    private readonly List<byte> _text;
    private readonly Stack<Container> _open = [];
    private readonly bool _isWithinText;
    private bool _isInString, _isEscaped, _isReading;

    public JsonItems(bool isWithinText) => (_text, _isWithinText, _isReading) = ([], isWithinText, !isWithinText);

    private JsonItems(JsonItems items)
    {
        (_isWithinText, _isReading) = (items._isWithinText, items._isReading);
        _text = new List<byte>(items._text.Count + 64);
        foreach (var value in items._text)
        {
            Read(value);
        }
    }

    /// <summary>Whether the last byte ends a value, or stands behind one: more digits can follow a number, and nothing a string.</summary>
    public bool IsClosed => !_isInString && _text.Count > 0 && _text[^1] is not ((>= (byte)'0' and <= (byte)'9') or (byte)'.' or (byte)'-');

    /// <summary>One that reads on by itself.</summary>
    public JsonItems Copy() => new(this);

    /// <summary>JSON begins with the next byte.</summary>
    public void Begin()
    {
        _text.Clear();
        _open.Clear();
        (_isInString, _isEscaped, _isReading) = (false, false, true);
    }

    /// <summary>Reads a byte.</summary>
    public void Read(byte value)
    {
        if (!_isReading)
        {
            return;
        }

        _text.Add(value);
        if (_isInString)
        {
            _isInString = _isEscaped || value != '"';
            _isEscaped = !_isEscaped && value == '\\';
            return;
        }

        switch (value)
        {
            case (byte)'"':
                _isInString = true;
                break;
            case (byte)'[' or (byte)'{':
                _open.Push(new Container { IsArray = value == '[', ItemStart = _text.Count });
                break;
            case (byte)']' or (byte)'}':
                _ = _open.TryPop(out _);
                _isReading = !_isWithinText || _open.Count > 0;
                break;
            case (byte)',' when _open.TryPeek(out var container) && container.IsArray:
                container.Items.Add(KeyOf(container.ItemStart, _text.Count - 1));
                container.ItemStart = _text.Count;
                break;
        }
    }

    /// <summary>Whether the innermost array's last item, if it ends here, equals an earlier one.</summary>
    public bool IsDuplicate() =>
        _open.TryPeek(out var container) && container.IsArray
        && KeyOf(container.ItemStart, _text.Count) is { } key && container.Items.Contains(key);

    /// <summary>What equal values have in common; null for what is no value.</summary>
    private string? KeyOf(int start, int end)
    {
        try
        {
            using var document = JsonDocument.Parse(_text.GetRange(start, end - start).ToArray(), new() { MaxDepth = 512 });
            return JsonEquality.Key(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed class Container
    {
        public bool IsArray { get; init; }

        public int ItemStart { get; set; }

        public HashSet<string?> Items { get; } = [];
    }
}

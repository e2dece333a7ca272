using System.Text.Json;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Grammars.Matching;

/// <summary>The text of an item so far, its last byte or part first.</summary>
internal sealed class JsonItem
{
    public static readonly JsonItem Empty = new(null, null, 0, 0);

    private readonly JsonItem? _before, _part;
    private readonly byte _last;
    private readonly int _length;

    private JsonItem(JsonItem? before, JsonItem? part, byte last, int length) => (_before, _part, _last, _length) = (before, part, last, length);

    /// <summary>Whether it ends in a way that no number does.</summary>
    public bool IsClosed => _last is (byte)'"' or (byte)']' or (byte)'}' || EndsNumber || EndsWith("true"u8) || EndsWith("false"u8) || EndsWith("null"u8);

    /// <summary>Whether white space stands behind a number.</summary>
    private bool EndsNumber
    {
        get
        {
            var item = this;
            while (item is { _before: { } before, _last: (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' })
            {
                item = before;
            }

            return item != this && item._last is >= (byte)'0' and <= (byte)'9';
        }
    }

    public JsonItem Then(byte value) => new(this, null, value, _length + 1);

    public JsonItem Then(JsonItem part) => part._length == 0 ? this : new(this, part, part._last, _length + part._length);

    /// <summary>What equal values have in common; null for what is no value.</summary>
    public string? Key()
    {
        var text = new byte[_length];
        Write(text);
        try
        {
            using var document = JsonDocument.Parse(text, new() { MaxDepth = 512 });
            return JsonEquality.Key(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private bool EndsWith(ReadOnlySpan<byte> word)
    {
        var item = this;
        for (var i = word.Length - 1; i >= 0; i--)
        {
            if (item is not { _part: null, _before: not null } || item._last != word[i])
            {
                return false;
            }

            item = item._before;
        }

        return true;
    }

    private void Write(Span<byte> text)
    {
        for (var item = this; item._before is { } before; item = before)
        {
            if (item._part is { } part)
            {
                part.Write(text[before._length..]);
            }
            else
            {
                text[before._length] = item._last;
            }

            text = text[..before._length];
        }
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using AiKernels.Runtime.Grammars.Schemas;

namespace AiKernels.Runtime.Grammars.Matching;

/// <summary>
/// How far a text of JSON was read, byte by byte, and the items that its open arrays had: tells whether the innermost one's last
/// item equals an earlier one. JSON within other text is read from where somebody says that it begins to its own end. Immutable:
/// what goes on from here in several ways shares what lies before.
/// </summary>
internal sealed class JsonItems
{
    private readonly bool _isWithinText;
    private readonly bool _isReading;
    private readonly bool _isInString;
    private readonly bool _isEscaped;
    private readonly Container? _open;
    private readonly Item _item;

    public JsonItems(bool isWithinText)
        : this(isWithinText, isReading: !isWithinText, isInString: false, isEscaped: false, null, Item.Empty)
    {
    }

    private JsonItems(bool isWithinText, bool isReading, bool isInString, bool isEscaped, Container? open, Item item) =>
        (_isWithinText, _isReading, _isInString, _isEscaped, _open, _item) = (isWithinText, isReading, isInString, isEscaped, open, item);

    /// <summary>Whether the innermost array had items, of which the next one might be one again.</summary>
    public bool HasItems => InnermostArray is { Items.IsEmpty: false };

    private Container? InnermostArray
    {
        get
        {
            var container = _open;
            while (container is { IsArray: false })
            {
                container = container.Outer;
            }

            return container;
        }
    }

    /// <summary>Whether the item of the innermost array of an earlier place has ended.</summary>
    public bool HasEndedItemOf(JsonItems earlier)
    {
        var array = earlier.InnermostArray!;
        var same = _open;
        while (same?.Depth > array.Depth)
        {
            same = same.Outer;
        }

        return same is null || same.Depth < array.Depth || same.Ended > array.Ended;
    }

    /// <summary>JSON begins with the next byte.</summary>
    public JsonItems Begin() => new(_isWithinText, isReading: true, isInString: false, isEscaped: false, null, Item.Empty);

    /// <summary>After another byte.</summary>
    public JsonItems Read(byte value)
    {
        if (!_isReading)
        {
            return this;
        }

        if (_isInString)
        {
            return With(_isEscaped || value != '"', !_isEscaped && value == '\\', _open, _item.Then(value));
        }

        switch (value)
        {
            case (byte)'"':
                return With(isInString: true, isEscaped: false, _open, _item.Then(value));
            case (byte)'[' or (byte)'{':
                return With(isInString: false, isEscaped: false, Container.Within(_open, value == '[', _item.Then(value)), Item.Empty);
            case (byte)']' or (byte)'}' when _open is { } closed:
                var isReading = !_isWithinText || closed.Outer is not null;
                return new(_isWithinText, isReading, isInString: false, isEscaped: false, closed.Outer, closed.Before.Then(_item).Then(value));
            case (byte)',' when _open is { IsArray: true }:
                return With(isInString: false, isEscaped: false, _open.With(_item), Item.Empty);
            default:
                return With(isInString: false, isEscaped: false, _open, _item.Then(value));
        }
    }

    /// <summary>Whether the innermost container is an array whose last item, if it ends here, equals an earlier one.</summary>
    public bool IsDuplicate() => _open is { IsArray: true, Items.IsEmpty: false } && _item.Key() is { } key && _open.Items.Contains(key);

    /// <summary>As <see cref="IsDuplicate"/>, where the item can't become another one any more; more digits can follow a number.</summary>
    public bool IsClosedDuplicate() => !_isInString && _item.IsClosed && IsDuplicate();

    private JsonItems With(bool isInString, bool isEscaped, Container? open, Item item) =>
        new(_isWithinText, _isReading, isInString, isEscaped, open, item);

    /// <summary>An array or object that is open.</summary>
    /// <param name="Outer">What it is in.</param>
    /// <param name="IsArray">Whether it is an array.</param>
    /// <param name="Before">What of its outer one's item stands before its own last item.</param>
    /// <param name="Items">The keys of the items that it had.</param>
    private sealed record Container(Container? Outer, bool IsArray, Item Before, ImmutableHashSet<string> Items)
    {
        public int Depth { get; } = Outer is null ? 1 : Outer.Depth + 1;

        /// <summary>How many items have ended.</summary>
        public int Ended { get; private init; }

        public static Container Within(Container? outer, bool isArray, Item before) => new(outer, isArray, before, []);

        /// <summary>The array after another item and a comma.</summary>
        public Container With(Item item) => this with
        {
            Before = Before.Then(item).Then((byte)','),
            Items = item.Key() is { } key ? Items.Add(key) : Items,
            Ended = Ended + 1,
        };
    }

    /// <summary>The text of an item so far, its last byte or part first.</summary>
    private sealed class Item
    {
        public static readonly Item Empty = new(null, null, 0, 0);

        private readonly Item? _before, _part;
        private readonly byte _last;
        private readonly int _length;

        private Item(Item? before, Item? part, byte last, int length) => (_before, _part, _last, _length) = (before, part, last, length);

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

        public Item Then(byte value) => new(this, null, value, _length + 1);

        public Item Then(Item part) => part._length == 0 ? this : new(this, part, part._last, _length + part._length);

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
}

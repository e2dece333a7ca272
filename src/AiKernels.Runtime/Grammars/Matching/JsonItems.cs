using System.Collections.Immutable;

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
    private readonly JsonItem _item;

    public JsonItems(bool isWithinText)
        : this(isWithinText, isReading: !isWithinText, isInString: false, isEscaped: false, null, JsonItem.Empty)
    {
    }

    private JsonItems(bool isWithinText, bool isReading, bool isInString, bool isEscaped, Container? open, JsonItem item) =>
        (_isWithinText, _isReading, _isInString, _isEscaped, _open, _item) = (isWithinText, isReading, isInString, isEscaped, open, item);

    /// <summary>Whether an open array had items that the next one, or one in which it is, must not be again.</summary>
    public bool HasItems => OutermostArray is not null;

    /// <summary>Whether what it reads is within a string.</summary>
    public bool IsInString => _isInString;

    /// <summary>The outermost array that had such items: those within it are part of its own.</summary>
    private Container? OutermostArray
    {
        get
        {
            Container? outermost = null;
            for (var container = _open; container is not null; container = container.Outer)
            {
                outermost = container.Items.IsEmpty ? outermost : container;
            }

            return outermost;
        }
    }

    /// <summary>Whether the item of the outermost array of an earlier place has ended.</summary>
    public bool HasEndedItemOf(JsonItems earlier)
    {
        var array = earlier.OutermostArray!;
        var same = _open;
        while (same?.Depth > array.Depth)
        {
            same = same.Outer;
        }

        return same is null || same.Depth < array.Depth || same.Ended > array.Ended;
    }

    /// <summary>JSON begins with the next byte.</summary>
    public JsonItems Begin() => new(_isWithinText, isReading: true, isInString: false, isEscaped: false, null, JsonItem.Empty);

    /// <summary>After another byte.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="mustDiffer">Whether it may stand behind an item that must not be there twice; only such items are kept.</param>
    public JsonItems Read(byte value, bool mustDiffer)
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
                return With(isInString: false, isEscaped: false, Container.Within(_open, value == '[', _item.Then(value)), JsonItem.Empty);
            case (byte)']' or (byte)'}' when _open is { } closed:
                var isReading = !_isWithinText || closed.Outer is not null;
                return new(_isWithinText, isReading, isInString: false, isEscaped: false, closed.Outer, closed.Before.Then(_item).Then(value));
            case (byte)',' when _open is { IsArray: true }:
                return With(isInString: false, isEscaped: false, _open.With(_item, mustDiffer), JsonItem.Empty);
            default:
                return With(isInString: false, isEscaped: false, _open, _item.Then(value));
        }
    }

    /// <summary>Whether the innermost container is an array whose last item, if it ends here, equals an earlier one.</summary>
    public bool IsDuplicate() => _open is { IsArray: true, Items.IsEmpty: false } && _item.Key() is { } key && _open.Items.Contains(key);

    /// <summary>As <see cref="IsDuplicate"/>, where the item can't become another one any more; more digits can follow a number.</summary>
    public bool IsClosedDuplicate() => !_isInString && _item.IsClosed && IsDuplicate();

    private JsonItems With(bool isInString, bool isEscaped, Container? open, JsonItem item) =>
        new(_isWithinText, _isReading, isInString, isEscaped, open, item);

    /// <summary>An array or object that is open.</summary>
    /// <param name="Outer">What it is in.</param>
    /// <param name="IsArray">Whether it is an array.</param>
    /// <param name="Before">What of its outer one's item stands before its own last item.</param>
    /// <param name="Items">The keys of the items that it had, where they must differ.</param>
    private sealed record Container(Container? Outer, bool IsArray, JsonItem Before, ImmutableHashSet<string> Items)
    {
        public int Depth { get; } = Outer is null ? 1 : Outer.Depth + 1;

        /// <summary>How many items have ended.</summary>
        public int Ended { get; private init; }

        public static Container Within(Container? outer, bool isArray, JsonItem before) => new(outer, isArray, before, []);

        /// <summary>The array after another item and a comma.</summary>
        public Container With(JsonItem item, bool mustDiffer) => this with
        {
            Before = Before.Then(item).Then((byte)','),
            Items = mustDiffer && item.Key() is { } key ? Items.Add(key) : Items,
            Ended = Ended + 1,
        };
    }
}

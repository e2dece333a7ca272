namespace AiKernels.Runtime.Chat.Reading;

/// <summary>
/// Finds the tag that ends a value, in a text that grows: each character is looked at once. A tag within a string of JSON is
/// part of the value.
/// </summary>
/// <param name="tag">The tag.</param>
/// <param name="mayBeJson">Whether the value may be JSON with strings of its own.</param>
internal sealed class ValueEnd(string tag, bool mayBeJson)
{
    private readonly JsonScanner _json = new();
    private bool _isJson = mayBeJson;
    private int _searched, _scanned;

    /// <summary>Where the tag stands that ends a value; negative where it has yet to come.</summary>
    /// <param name="text">The value and what follows it, as far as it has come: the last time's text and more.</param>
    public int Find(ReadOnlySpan<char> text)
    {
        while (text[_searched..].IndexOf(tag) is >= 0 and var next)
        {
            var place = _searched + next;
            if (!IsInString(text, place))
            {
                return place;
            }

            _searched = place + 1;
        }

        // The next search begins with what may be the tag's beginning.
        _searched = Math.Max(text.Length - tag.Length + 1, _searched);
        return -1;
    }

    private bool IsInString(ReadOnlySpan<char> text, int place)
    {
        _isJson = _isJson && (_scanned > 0 || text[Markup.SpaceLength(text)] is '{' or '[');
        for (; _isJson && _scanned < place; _scanned++)
        {
            _isJson = _json.TryRead(text[_scanned]);
        }

        return _isJson && _json.IsInString;
    }
}

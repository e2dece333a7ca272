using System.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Templates;

/// <summary>The names of a vocabulary's control tokens, as far as it matters where one might begin.</summary>
internal sealed class ControlNames
{
    private readonly HashSet<Rune> _firsts = [];
    private readonly string[] _sorted;

    public ControlNames(Vocabulary vocabulary)
    {
        var names = new List<string>();
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Type(id) is TokenType.Control or TokenType.Unknown && vocabulary.TokenTexts[id].Length > 0)
            {
                names.Add(Encoding.UTF8.GetString(vocabulary.TokenTexts[id]));
            }
        }

        _sorted = [.. names.Order(StringComparer.Ordinal)];
        foreach (var name in _sorted)
        {
            _firsts.Add(name.EnumerateRunes().First());
        }
    }

    /// <summary>Whether a name begins with a character.</summary>
    public bool MayBeginWith(Rune character) => _firsts.Contains(character);

    /// <summary>Whether a text is a name, begins with one or is the beginning of one.</summary>
    public bool AreNear(string text)
    {
        var place = Array.BinarySearch(_sorted, text, StringComparer.Ordinal);
        place = place < 0 ? ~place : place;
        if (place < _sorted.Length && _sorted[place].StartsWith(text, StringComparison.Ordinal))
        {
            return true;
        }

        // Those that the text begins with stand before it, though not always next to it.
        for (var length = 1; length <= text.Length; length++)
        {
            if (Array.BinarySearch(_sorted, text[..length], StringComparer.Ordinal) >= 0)
            {
                return true;
            }
        }

        return false;
    }
}

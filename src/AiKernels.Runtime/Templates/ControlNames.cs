using System.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Templates;

/// <summary>The names of a vocabulary's control tokens, as far as it matters where one might begin.</summary>
internal sealed class ControlNames
{
    private readonly HashSet<Rune> _firsts = [], _normalizedFirsts = [];
    private readonly string[] _sorted;
    private readonly Normalizer? _normalizer;

    public ControlNames(Vocabulary vocabulary)
    {
        var names = new List<string>();
        _normalizer = vocabulary.Rules?.Normalizer;
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Type(id) is TokenType.Control or TokenType.Unknown && vocabulary.TokenTexts[id].Length > 0)
            {
                names.Add(Encoding.UTF8.GetString(vocabulary.TokenTexts[id]));
                if (_normalizer is not null && vocabulary.Rules!.Flags.GetValueOrDefault(id).HasFlag(AddedTokenFlags.Normalized))
                {
                    AddNormalized(names[^1]);
                }
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

    /// <summary>Whether a name that is looked for in normalized text might begin in a text once it is normalized.</summary>
    public bool MayComeOf(string text) => _normalizedFirsts.Count > 0 && Normalized(text).EnumerateRunes().Any(_normalizedFirsts.Contains);

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

    private void AddNormalized(string name)
    {
        // A mark for a space that isn't there is put before each text, and says nothing.
        var text = Normalized(name);
        var rest = text.TrimStart(SpaceMark.Character);
        foreach (var first in (rest.Length > 0 ? rest : text).EnumerateRunes().Take(1))
        {
            _normalizedFirsts.Add(first);
        }
    }

    private string Normalized(string text)
    {
        var (given, normalized) = (new Utf8Buffer(), new Utf8Buffer());
        given.Append(text);
        normalized.LimitTo(given.Length);
        _normalizer!.Normalize(given.Text, normalized);
        return Encoding.UTF8.GetString(normalized.Text);
    }
}

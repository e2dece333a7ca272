using System.Globalization;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>Sorts all code points into the few classes that a list of character sets can tell apart.</summary>
/// <remarks>Pages of 256 code points are sorted when they are first asked for: there are a million, and a text has few.</remarks>
internal sealed class CharacterClasses
{
    private const int CodePoints = 0x110000, PageLength = 256;

    private readonly IReadOnlyList<CharacterSet> _sets;
    private readonly byte[]?[] _pages = new byte[]?[CodePoints / PageLength];
    private readonly byte[] _classOfCategory;
    private readonly (int CodePoint, byte Class)[] _singles;
    private readonly List<long> _memberships = [];
    private readonly Dictionary<long, byte> _classOfMembership = [];

    /// <exception cref="NotSupportedException">There are more than 63 sets or 256 classes.</exception>
    public CharacterClasses(IReadOnlyList<CharacterSet> sets)
    {
        _sets = sets.Count <= 63
            ? sets
            : throw new NotSupportedException($"a pre-tokenizer pattern has {sets.Count} character sets, more than 63");
        _classOfCategory = [.. Enum.GetValues<UnicodeCategory>().Select(category => ClassOf(set => set.Contains(category)))];
        _singles = [.. sets.SelectMany(set => set.Singles()).Distinct().Select(
            codePoint => (codePoint, ClassOf(set => set.Contains(codePoint))))];
    }

    /// <summary>How many classes there are.</summary>
    public int Count => _memberships.Count;

    /// <summary>The class of <paramref name="codePoint"/>.</summary>
    public int Of(int codePoint) => (_pages[codePoint / PageLength] ?? MakePage(codePoint / PageLength))[codePoint % PageLength];

    /// <summary>Whether the characters of a class belong to a set.</summary>
    public bool Contains(int set, int characterClass) => ((_memberships[characterClass] >> set) & 1) != 0;

    // Threads that ask for the same page make equal ones.
    private byte[] MakePage(int page)
    {
        var classes = new byte[PageLength];
        for (var i = 0; i < PageLength; i++)
        {
            classes[i] = _classOfCategory[(int)CharUnicodeInfo.GetUnicodeCategory((page * PageLength) + i)];
        }

        foreach (var (codePoint, single) in _singles)
        {
            if (codePoint / PageLength == page)
            {
                classes[codePoint % PageLength] = single;
            }
        }

        return _pages[page] = classes;
    }

    private byte ClassOf(Func<CharacterSet, bool> isMember)
    {
        var membership = 0L;
        for (var set = 0; set < _sets.Count; set++)
        {
            membership |= isMember(_sets[set]) ? 1L << set : 0;
        }

        if (!_classOfMembership.TryGetValue(membership, out var known))
        {
            _classOfMembership[membership] = known = _memberships.Count < 256
                ? (byte)_memberships.Count
                : throw new NotSupportedException("a pre-tokenizer pattern tells more than 256 classes of characters apart");
            _memberships.Add(membership);
        }

        return known;
    }
}

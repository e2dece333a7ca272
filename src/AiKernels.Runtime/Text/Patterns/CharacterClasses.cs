using System.Globalization;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>Sorts all code points into the few classes that a list of character sets can tell apart.</summary>
internal sealed class CharacterClasses
{
    private const int CodePoints = 0x110000;

    private readonly IReadOnlyList<CharacterSet> _sets;
    private readonly byte[] _classOf = new byte[CodePoints];
    private readonly List<long> _memberships = [];
    private readonly Dictionary<long, byte> _classOfMembership = [];

    /// <exception cref="NotSupportedException">There are more than 63 sets or 256 classes.</exception>
    public CharacterClasses(IReadOnlyList<CharacterSet> sets)
    {
        _sets = sets.Count <= 63
            ? sets
            : throw new NotSupportedException($"a pre-tokenizer pattern has {sets.Count} character sets, more than 63");
        ClassifyByCategory();
        foreach (var codePoint in sets.SelectMany(set => set.Singles()))
        {
            _classOf[codePoint] = ClassOf(set => set.Contains(codePoint));
        }
    }

    /// <summary>How many classes there are.</summary>
    public int Count => _memberships.Count;

    /// <summary>The class of <paramref name="codePoint"/>.</summary>
    public int Of(int codePoint) => _classOf[codePoint];

    /// <summary>Whether the characters of a class belong to a set.</summary>
    public bool Contains(int set, int characterClass) => ((_memberships[characterClass] >> set) & 1) != 0;

    private void ClassifyByCategory()
    {
        var categories = Enum.GetValues<UnicodeCategory>()
            .Select(category => ClassOf(set => set.Contains(category)))
            .ToArray();
        for (var codePoint = 0; codePoint < CodePoints; codePoint++)
        {
            _classOf[codePoint] = categories[(int)CharUnicodeInfo.GetUnicodeCategory(codePoint)];
        }
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

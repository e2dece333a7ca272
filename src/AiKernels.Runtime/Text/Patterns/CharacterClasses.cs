using System.Globalization;
using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>Sorts all code points into the few classes that a list of character sets can tell apart.</summary>
/// <remarks>Pages of 256 code points are sorted when they are first asked for: there are a million, and a text has few.</remarks>
internal sealed class CharacterClasses
{
    private const int CodePoints = 0x110000, PageLength = 256, Categories = 30, MostSets = 63, MostClasses = 255;

    // Each border is held against each set. The largest pattern in use has some 300.
    private const int MostBorders = 4096;

    // Where the sets' ranges begin and end. Between two of them only the category counts.
    private readonly int[] _borders;
    private readonly byte[] _classes;
    private readonly byte[]?[] _pages = new byte[]?[CodePoints / PageLength];
    private readonly List<long> _memberships = [];

    /// <exception cref="NotSupportedException">There are more than 63 sets, 255 classes or 2,048 ranges.</exception>
    public CharacterClasses(IReadOnlyList<CharacterSet> sets)
    {
        if (sets.Count > MostSets)
        {
            throw new NotSupportedException($"a pre-tokenizer pattern has {sets.Count} character sets, more than {MostSets}");
        }

        var borders = sets.SelectMany(set => set.Borders()).Append(0).Take(MostBorders + 1).ToArray();
        _borders = borders.Length <= MostBorders ? [.. borders.Distinct().Order()] : throw new NotSupportedException(
            $"a pre-tokenizer pattern has more than {MostBorders / 2} ranges of characters");
        _classes = new byte[_borders.Length * Categories];
        Dictionary<long, byte> known = [];
        for (var border = 0; border < _borders.Length; border++)
        {
            for (var category = 0; category < Categories; category++)
            {
                var membership = 0L;
                for (var set = 0; set < sets.Count; set++)
                {
                    membership |= sets[set].Contains(_borders[border], (UnicodeCategory)category) ? 1L << set : 0;
                }

                if (!known.TryGetValue(membership, out var number))
                {
                    known[membership] = number = _memberships.Count < MostClasses
                        ? (byte)_memberships.Count
                        : throw new NotSupportedException(
                            $"a pre-tokenizer pattern tells more than {MostClasses} classes of characters apart");
                    _memberships.Add(membership);
                }

                _classes[(border * Categories) + category] = number;
            }
        }

        Ascii = MakePage(0);
    }

    /// <summary>How many classes there are.</summary>
    public int Count => _memberships.Count;

    /// <summary>The classes of the first 256 code points.</summary>
    public byte[] Ascii { get; }

    /// <summary>The class of <paramref name="codePoint"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Of(int codePoint) => (_pages[codePoint / PageLength] ?? MakePage(codePoint / PageLength))[codePoint % PageLength];

    /// <summary>Whether the characters of a class belong to a set.</summary>
    public bool Contains(int set, int characterClass) => ((_memberships[characterClass] >> set) & 1) != 0;

    // Threads that ask for the same page make equal ones.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte[] MakePage(int page)
    {
        var classes = new byte[PageLength];
        var border = Array.BinarySearch(_borders, page * PageLength);
        border = border < 0 ? ~border - 1 : border;
        for (var i = 0; i < PageLength; i++)
        {
            var codePoint = (page * PageLength) + i;
            while (border + 1 < _borders.Length && _borders[border + 1] <= codePoint)
            {
                border++;
            }

            classes[i] = _classes[(border * Categories) + (int)CharUnicodeInfo.GetUnicodeCategory(codePoint)];
        }

        return _pages[page] = classes;
    }
}

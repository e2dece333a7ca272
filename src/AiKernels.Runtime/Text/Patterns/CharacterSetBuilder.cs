using System.Text;

namespace AiKernels.Runtime.Text.Patterns;

/// <summary>Collects the members of a <see cref="CharacterSet"/> while it is being read.</summary>
internal sealed class CharacterSetBuilder(bool ignoreCase)
{
    private readonly List<(int First, int Last)> _ranges = [];

    public int Categories { get; set; }

    public bool WhiteSpace { get; set; }

    public bool Negated { get; set; }

    public void Add(int first, int last)
    {
        _ranges.Add((first, last));
        if (ignoreCase && first == last && Rune.TryCreate(first, out var rune))
        {
            AddOtherCases(rune);
        }
    }

    public CharacterSet Build() => new(Categories, WhiteSpace, [.. _ranges], Negated);

    private void AddOtherCases(Rune rune)
    {
        var lower = Rune.ToLowerInvariant(rune).Value;
        var upper = Rune.ToUpperInvariant(rune).Value;
        _ranges.Add((lower, lower));
        _ranges.Add((upper, upper));

        // Unicode folds two characters outside ASCII onto ASCII letters: the long s and the Kelvin sign.
        if (lower is 's' or 'k')
        {
            var folded = lower == 's' ? 0x017F : 0x212A;
            _ranges.Add((folded, folded));
        }
    }
}

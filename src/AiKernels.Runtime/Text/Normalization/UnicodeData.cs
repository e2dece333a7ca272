using System.Globalization;

namespace AiKernels.Runtime.Text;

/// <summary>How characters decompose and compose, from UnicodeDecompositions.txt; read when it is first needed.</summary>
internal sealed class UnicodeData
{
    private const string Resource = "AiKernels.UnicodeDecompositions.txt";
    private const int PageLength = 256, Pages = 0x110000 / PageLength;

    // Hangul syllables and what they are composed of follow a formula: Unicode Standard, section 3.12.
    private const int Syllable = 0xAC00, Leading = 0x1100, Vowel = 0x1161, Trailing = 0x11A7;
    private const int Leadings = 19, Vowels = 21, Trailings = 28, Syllables = Leadings * Vowels * Trailings;

    private static readonly Lazy<UnicodeData> Loaded = new(() => new UnicodeData());

    private readonly byte[]?[] _classes = new byte[Pages][], _changes = new byte[Pages][];
    private readonly Dictionary<int, (int[] Parts, bool IsCompatible)> _parts = [];
    private readonly Dictionary<long, int> _composed = [];

    private UnicodeData()
    {
        using var stream = typeof(UnicodeData).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        List<int> composed = [];
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            switch (line[0])
            {
                case 'c':
                    ReadClass(fields);
                    break;
                case '=' or '-' or '~':
                    var (whole, parts) = (Hexadecimal(fields[1]), Array.ConvertAll(fields[2..], Hexadecimal));
                    _parts[whole] = (parts, line[0] == '~');
                    if (line[0] == '=')
                    {
                        composed.Add(whole);
                    }

                    break;
            }
        }

        composed.ForEach(whole => _composed[Pair(_parts[whole].Parts[0], _parts[whole].Parts[1])] = whole);
        FindChanges(composed);
    }

    public static UnicodeData Instance => Loaded.Value;

    /// <summary>The combining class; 0 of what stands by itself.</summary>
    public int Class(int codePoint) => _classes[codePoint / PageLength]?[codePoint % PageLength] ?? 0;

    /// <summary>Whether a character may change in a form, by itself or by what stands before it.</summary>
    public bool MayChange(int codePoint, UnicodeForm form) =>
        ((_changes[codePoint / PageLength]?[codePoint % PageLength] ?? 0) >> (int)form & 1) != 0;

    /// <summary>Appends what a character consists of in the end.</summary>
    public void Decompose(int codePoint, bool compatible, List<int> target)
    {
        if (codePoint - Syllable is >= 0 and < Syllables and var index)
        {
            target.Add(Leading + (index / (Vowels * Trailings)));
            target.Add(Vowel + (index / Trailings % Vowels));
            if (index % Trailings != 0)
            {
                target.Add(Trailing + (index % Trailings));
            }
        }
        else if (_parts.TryGetValue(codePoint, out var found) && (compatible || !found.IsCompatible))
        {
            Array.ForEach(found.Parts, part => Decompose(part, compatible, target));
        }
        else
        {
            target.Add(codePoint);
        }
    }

    /// <summary>The character that two are composed to, if there is one.</summary>
    public int? Composed(int first, int second)
    {
        if (first - Leading is >= 0 and < Leadings and var leading && second - Vowel is >= 0 and < Vowels and var vowel)
        {
            return Syllable + (((leading * Vowels) + vowel) * Trailings);
        }

        if (first - Syllable is >= 0 and < Syllables and var syllable && syllable % Trailings == 0
            && second - Trailing is > 0 and < Trailings and var trailing)
        {
            return first + trailing;
        }

        return _composed.TryGetValue(Pair(first, second), out var composed) ? composed : null;
    }

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;

    private static int Hexadecimal(string field) => int.Parse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static void Set(byte[]?[] pages, int codePoint, int bits) =>
        (pages[codePoint / PageLength] ??= new byte[PageLength])[codePoint % PageLength] |= (byte)bits;

    private static int Bit(UnicodeForm form) => 1 << (int)form;

    private void ReadClass(string[] fields)
    {
        var number = int.Parse(fields[1], CultureInfo.InvariantCulture);
        foreach (var range in fields[2..])
        {
            var ends = range.Split('-');
            for (var codePoint = Hexadecimal(ends[0]); codePoint <= Hexadecimal(ends[^1]); codePoint++)
            {
                Set(_classes, codePoint, number);
                Set(_changes, codePoint, Bit(UnicodeForm.C) | Bit(UnicodeForm.D) | Bit(UnicodeForm.KC) | Bit(UnicodeForm.KD));
            }
        }
    }

    private void FindChanges(List<int> composed)
    {
        var isComposed = composed.ToHashSet();
        List<int> whole = [], wholeCompatible = [];
        foreach (var (codePoint, (_, isCompatible)) in _parts)
        {
            whole.Clear();
            wholeCompatible.Clear();
            Decompose(codePoint, compatible: false, whole);
            Decompose(codePoint, compatible: true, wholeCompatible);
            var differs = !whole.SequenceEqual(wholeCompatible);
            Set(_changes, codePoint, Bit(UnicodeForm.KD)
                | (isCompatible ? 0 : Bit(UnicodeForm.D))
                | (isCompatible || isComposed.Contains(codePoint) ? 0 : Bit(UnicodeForm.C))
                | (differs || !isComposed.Contains(codePoint) ? Bit(UnicodeForm.KC) : 0));
        }

        // What composes with what stands before it.
        var second = _composed.Keys.Select(pair => (int)(uint)pair)
            .Concat(Enumerable.Range(Vowel, Vowels)).Concat(Enumerable.Range(Trailing + 1, Trailings - 1));
        foreach (var codePoint in second)
        {
            Set(_changes, codePoint, Bit(UnicodeForm.C) | Bit(UnicodeForm.KC));
        }

        for (var codePoint = Syllable; codePoint < Syllable + Syllables; codePoint++)
        {
            Set(_changes, codePoint, Bit(UnicodeForm.D) | Bit(UnicodeForm.KD));
        }
    }
}

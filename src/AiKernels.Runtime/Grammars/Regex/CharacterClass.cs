using System.Collections.Concurrent;
using System.Globalization;
using AiKernels.Runtime.Grammars.Characters;

namespace AiKernels.Runtime.Grammars.Regex;

/// <summary>The classes of characters that regular expressions name.</summary>
internal static class CharacterClass
{
    private static readonly CodePointSet Digits = CodePointSet.Of(('0', '9'));
    private static readonly CodePointSet Word = CodePointSet.Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    // ECMA-262's WhiteSpace and LineTerminator.
    private static readonly CodePointSet Space = CodePointSet.Of(('\t', '\r'), (' ', ' '), (0xA0, 0xA0), (0xFEFF, 0xFEFF), (0x2028, 0x2029))
        .Union(CodePointSet.OfCategories(1 << (int)UnicodeCategory.SpaceSeparator));

    // General categories in the order of UnicodeCategory: the short name, the long one.
    private static readonly (string Short, string Long)[] Categories =
    [
        ("Lu", "Uppercase_Letter"), ("Ll", "Lowercase_Letter"), ("Lt", "Titlecase_Letter"), ("Lm", "Modifier_Letter"),
        ("Lo", "Other_Letter"), ("Mn", "Nonspacing_Mark"), ("Mc", "Spacing_Mark"), ("Me", "Enclosing_Mark"),
        ("Nd", "Decimal_Number"), ("Nl", "Letter_Number"), ("No", "Other_Number"), ("Zs", "Space_Separator"),
        ("Zl", "Line_Separator"), ("Zp", "Paragraph_Separator"), ("Cc", "Control"), ("Cf", "Format"), ("Cs", "Surrogate"),
        ("Co", "Private_Use"), ("Pc", "Connector_Punctuation"), ("Pd", "Dash_Punctuation"), ("Ps", "Open_Punctuation"),
        ("Pe", "Close_Punctuation"), ("Pi", "Initial_Punctuation"), ("Pf", "Final_Punctuation"), ("Po", "Other_Punctuation"),
        ("Sm", "Math_Symbol"), ("Sc", "Currency_Symbol"), ("Sk", "Modifier_Symbol"), ("So", "Other_Symbol"), ("Cn", "Unassigned"),
    ];

    private static readonly (string Short, string Long)[] Groups =
        [("L", "Letter"), ("M", "Mark"), ("N", "Number"), ("Z", "Separator"), ("C", "Other"), ("P", "Punctuation"), ("S", "Symbol")];

    private static readonly ConcurrentDictionary<int, CodePointSet> OfBits = [];

    /// <summary>The characters that end a line.</summary>
    public static CodePointSet LineEnds { get; } = CodePointSet.Of(('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029));

    /// <summary>The class of an escape such as <c>\d</c>; null if the letter has none.</summary>
    public static CodePointSet? Named(char letter) => letter switch
    {
        'd' => Digits,
        'D' => Digits.Complement(),
        'w' => Word,
        'W' => Word.Complement(),
        's' => Space,
        'S' => Space.Complement(),
        _ => null,
    };

    /// <summary>The characters of a general category or of a group of them; null if there is none of that name.</summary>
    public static CodePointSet? OfCategory(string name)
    {
        var equals = name.IndexOf('=');
        var isNamed = equals < 0 || name[..equals] is "General_Category" or "gc";
        name = name[(equals + 1)..];
        var group = Groups.FirstOrDefault(entry => name == entry.Short || name == entry.Long).Short;
        var bits = 0;
        for (var category = 0; category < Categories.Length; category++)
        {
            var (shortName, longName) = Categories[category];
            bits |= name == shortName || name == longName || (group is not null && shortName[0] == group[0]) ? 1 << category : 0;
        }

        return isNamed && bits != 0 ? OfBits.GetOrAdd(bits, CodePointSet.OfCategories) : null;
    }
}

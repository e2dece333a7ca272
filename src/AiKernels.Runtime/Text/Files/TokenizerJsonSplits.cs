using System.Text;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>Reads the section <c>pre_tokenizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class TokenizerJsonSplits
{
    // Those in use have six. Each stage hands pieces to the next by a call, so that there must not be thousands.
    private const int MostNested = 16, MostRules = 32;

    /// <summary>The ways by which text is split.</summary>
    /// <param name="field">The section.</param>
    /// <param name="isByteLevel">Whether words become bytes, written in the byte alphabet.</param>
    /// <exception cref="InvalidDataException">A way is not known.</exception>
    public static List<SplitRule> Read(JsonField field, out bool isByteLevel)
    {
        List<SplitRule> rules = [];
        int? before = null;
        if (!field.IsAbsent)
        {
            Read(field, rules, ref before, 0);
        }

        isByteLevel = before is not null;
        return before is { } count && count < rules.Count ? [.. rules[..count], new ByteAlphabetSplits(rules[count..])] : rules;
    }

    /// <summary>The pattern of a field that holds a text to be found or an expression.</summary>
    /// <exception cref="InvalidDataException">The expression is not understood.</exception>
    public static Pattern ReadPattern(JsonField field)
    {
        var (text, expression) = (field["String"], field["Regex"]);
        if (!text.IsAbsent)
        {
            return new Pattern(Escaped(text.Text.Length > 0 ? text.Text : throw text.Bad("is empty")));
        }

        try
        {
            return new Pattern(expression.Text);
        }
        catch (NotSupportedException exception)
        {
            throw expression.Bad($"is an expression that is not understood: {AiKernels.Runtime.Files.Printable.Text(exception.Message, 400)}");
        }
    }

    /// <param name="field">A way to split, or a sequence of them.</param>
    /// <param name="rules">Receives them.</param>
    /// <param name="before">How many of them come before ByteLevel; null as long as it hasn't come.</param>
    /// <param name="depth">How deeply it is nested.</param>
    private static void Read(JsonField field, List<SplitRule> rules, ref int? before, int depth)
    {
        var type = field["type"];
        if (depth > MostNested)
        {
            throw type.Bad("is nested too deep");
        }

        if (before is not null && type.Text is "ByteLevel" or "Metaspace")
        {
            throw type.Bad("changes text behind ByteLevel");
        }

        if (rules.Count >= MostRules)
        {
            throw field.Bad($"is one of more than {MostRules} ways to split");
        }

        switch (type.Text)
        {
            case "Sequence":
                foreach (var step in field["pretokenizers"].Elements)
                {
                    Read(step, rules, ref before, depth + 1);
                }

                break;
            case "ByteLevel":
                ReadByteLevel(field, rules);
                before = rules.Count;
                break;
            case "Split":
                rules.Add(ReadSplit(field));
                break;
            case "Metaspace":
                ReadMetaspace(field, rules);
                break;
            case "Digits":
                rules.Add(new PatternSplit(new Pattern(field["individual_digits"].BooleanOr(false) ? @"\p{N}" : @"\p{N}+")));
                break;
            case "Punctuation":
                rules.Add(WordSplits.Punctuation(ReadBehavior(field["behavior"])));
                break;
            case "Whitespace":
                rules.Add(WordSplits.Words);
                break;
            case "WhitespaceSplit":
                rules.Add(WordSplits.Spaces);
                break;
            case "BertPreTokenizer":
                rules.AddRange(WordSplits.Bert);
                break;
            case "CharDelimiterSplit":
                rules.Add(new PatternSplit(new Pattern(Escaped(field["delimiter"].Text)), SplitBehavior.Removed));
                break;
            default:
                throw type.Unknown();
        }
    }

    private static void ReadByteLevel(JsonField field, List<SplitRule> rules)
    {
        if (field["add_prefix_space"].BooleanOr(true))
        {
            rules.Add(new Metaspace(" ", SpacePrefix.Always));
        }

        if (field["use_regex"].BooleanOr(true))
        {
            rules.Add(new PatternSplit(new Pattern(FamilyPatterns.Gpt2)));
        }
    }

    private static SplitRule ReadSplit(JsonField field)
    {
        var (expression, behavior) = (field["pattern"], ReadBehavior(field["behavior"]));
        var isInverted = field["invert"].BooleanOr(false);

        // Two expressions that look ahead without limit. The first cuts before groups of a number that was split off before.
        return (expression["Regex"].TextOr(null), behavior, isInverted) switch
        {
            (@"(?=(\d{3})+(?!\d))", SplitBehavior.Isolated, false) => new DigitGroups(3, EndsAtWords: false),
            (@"\d{1,3}(?=(?:\d{3})*\b)", SplitBehavior.Isolated, false) => new DigitGroups(3, EndsAtWords: true),
            _ => new PatternSplit(ReadPattern(expression), behavior, isInverted),
        };
    }

    private static void ReadMetaspace(JsonField field, List<SplitRule> rules)
    {
        var mark = field["replacement"].TextOr("\u2581")!;
        var scheme = field["prepend_scheme"];
        var prefix = scheme.TextOr(field["add_prefix_space"].BooleanOr(true) ? "always" : "never") switch
        {
            "always" => SpacePrefix.Always,
            "first" => SpacePrefix.First,
            "never" => SpacePrefix.Never,
            _ => throw scheme.Unknown(),
        };
        if (mark.EnumerateRunes().Count() != 1)
        {
            throw field["replacement"].Bad("is not one character");
        }

        rules.Add(new Metaspace(mark, prefix));
        if (field["split"].BooleanOr(true))
        {
            rules.Add(new PatternSplit(new Pattern(Escaped(mark)), SplitBehavior.MergedWithNext));
        }
    }

    private static SplitBehavior ReadBehavior(JsonField field) => field.TextOr("Isolated") switch
    {
        "Isolated" => SplitBehavior.Isolated,
        "Removed" => SplitBehavior.Removed,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw field.Unknown(),
    };

    private static string Escaped(string text)
    {
        var pattern = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            pattern.Append(Rune.IsLetterOrDigit(rune) ? "" : @"\").Append(rune.ToString());
        }

        return pattern.ToString();
    }
}

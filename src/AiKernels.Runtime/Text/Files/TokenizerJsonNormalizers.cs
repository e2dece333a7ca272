using System.Globalization;

namespace AiKernels.Runtime.Text;

/// <summary>Reads the section <c>normalizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class TokenizerJsonNormalizers
{
    // Those in use have five.
    private const int MostSteps = 32;

    /// <exception cref="InvalidDataException">A normalizer is not known.</exception>
    public static Normalizer? Read(JsonField field)
    {
        List<Normalizer> steps = [];
        Read(field, steps);
        return steps.Count == 0 ? null : steps.Count == 1 ? steps[0] : new NormalizerSequence(steps);
    }

    private static void Read(JsonField field, List<Normalizer> steps)
    {
        if (field.IsAbsent)
        {
            return;
        }

        if (field["type"].Text != "Sequence")
        {
            steps.Add(steps.Count < MostSteps ? ReadStep(field) : throw field.Bad($"is one of more than {MostSteps} normalizers"));
            return;
        }

        foreach (var step in field["normalizers"].Elements)
        {
            Read(step, steps);
        }
    }

    private static Normalizer ReadStep(JsonField field)
    {
        var type = field["type"];
        return type.Text switch
        {
            "NFC" => new UnicodeNormalizer(UnicodeForm.C),
            "NFD" => new UnicodeNormalizer(UnicodeForm.D),
            "NFKC" => new UnicodeNormalizer(UnicodeForm.KC),
            "NFKD" => new UnicodeNormalizer(UnicodeForm.KD),
            "Lowercase" => new Lowercase(),
            "StripAccents" => new WithoutCategories(category => category is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark),
            "Strip" => new Strip(field["strip_left"].BooleanOr(true), field["strip_right"].BooleanOr(true)),
            "Prepend" => new Prepend(field["prepend"].Text),
            "Replace" => new Replace(TokenizerJsonSplits.ReadPattern(field["pattern"]), field["content"].Text),
            "Nmt" => new TranslationSpaces(),
            "Precompiled" => new ClusterMapNormalizer(ReadMap(field["precompiled_charsmap"])),
            "BertNormalizer" => Bert(field),
            _ => throw type.Unknown(),
        };
    }

    private static BertNormalizer Bert(JsonField field)
    {
        var isLowercase = field["lowercase"].BooleanOr(true);
        return new BertNormalizer(
            field["clean_text"].BooleanOr(true),
            field["handle_chinese_chars"].BooleanOr(true),
            field["strip_accents"].BooleanOr(isLowercase),
            isLowercase);
    }

    private static CharacterMap ReadMap(JsonField field)
    {
        try
        {
            return new CharacterMap(Convert.FromBase64String(field.Text), $"{field.File}: {field.Path}");
        }
        catch (FormatException)
        {
            throw field.Bad("is no base64");
        }
    }
}

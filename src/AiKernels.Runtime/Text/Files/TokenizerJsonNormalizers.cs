using System.Globalization;

namespace AiKernels.Runtime.Text;

/// <summary>Reads the section <c>normalizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class TokenizerJsonNormalizers
{
    /// <exception cref="InvalidDataException">A normalizer is not known.</exception>
    public static Normalizer? Read(JsonField field)
    {
        if (field.IsAbsent)
        {
            return null;
        }

        var type = field["type"];
        return type.Text switch
        {
            "Sequence" => Sequence([.. field["normalizers"].Elements.Select(Read).OfType<Normalizer>()]),
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

    private static Normalizer? Sequence(Normalizer[] steps) =>
        steps.Length == 0 ? null : steps.Length == 1 ? steps[0] : new NormalizerSequence(steps);

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

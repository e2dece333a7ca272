namespace AiKernels.Runtime.Text;

/// <summary>Reads the section <c>decoder</c> of a <c>tokenizer.json</c>: what tokens stand for in text.</summary>
/// <remarks>
/// A token's bytes have to be its own, whatever stands around it, for a text to be given out as it is generated. So
/// <c>cleanup</c>, which takes spaces off before punctuation, is left out.
/// </remarks>
internal static class TokenizerJsonDecoder
{
    private const int MostNested = 16;

    /// <exception cref="InvalidDataException">A decoder is not known.</exception>
    public static TokenizerRules Read(JsonField field, TokenizerRules rules) => field.IsAbsent ? rules : Read(field, rules, 0);

    private static TokenizerRules Read(JsonField field, TokenizerRules rules, int depth)
    {
        var type = field["type"];
        switch (type.Text)
        {
            case "Sequence" when depth < MostNested:
                foreach (var step in field["decoders"].Elements)
                {
                    rules = Read(step, rules, depth + 1);
                }

                return rules;
            case "ByteLevel":
                return rules with { Style = PieceStyle.ByteAlphabet };
            case "Metaspace":
                var scheme = field["prepend_scheme"].TextOr(field["add_prefix_space"].BooleanOr(true) ? "always" : "never");
                return rules with { Style = PieceStyle.SpaceMarks, DropsLeadingSpace = scheme != "never" };
            case "Replace" when field["pattern"]["String"].TextOr(null) == "\u2581" && field["content"].Text == " ":
                return rules with { Style = PieceStyle.SpaceMarks };
            case "Strip" when field["content"].Text == " " && field["start"].Integer is 0 or 1 && field["stop"].Integer == 0:
                return rules with { DropsLeadingSpace = field["start"].Integer == 1 };
            case "WordPiece":
                return rules with { Style = PieceStyle.WordPieces, DropsLeadingSpace = true };
            case "ByteFallback" or "Fuse":
                return rules;
            default:
                throw type.Unknown();
        }
    }
}

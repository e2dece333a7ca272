namespace AiKernels.Runtime.Text;

/// <summary>
/// SentencePiece's way: characters are mapped, several spaces become one and those at the ends none, if the model says so, a
/// space comes before a text, and spaces are written U+2581.
/// </summary>
/// <remarks>Source: <c>normalizer.cc</c> of google/sentencepiece.</remarks>
internal sealed class SentencePieceNormalizer(CharacterMap? map, bool addsPrefix, bool removesExtraSpaces, bool addsSuffix = false) : Normalizer
{
    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        var start = target.Length;
        if (map is null && !removesExtraSpaces)
        {
            target.Append(addsPrefix && !addsSuffix ? SpaceMark.Utf8 : []);
            SpaceMark.Write(text, SpaceMark.Utf8, target);
        }
        else
        {
            Map(text, target, start);
        }

        if (addsSuffix && addsPrefix && target.Length > start)
        {
            target.Append(SpaceMark.Utf8);
        }
    }

    private void Map(ReadOnlySpan<byte> text, Utf8Buffer target, int start)
    {
        var (wasSpace, isBegun) = (removesExtraSpaces, false);
        while (!text.IsEmpty)
        {
            if (map is null || !map.TryFind(text, longest: true, out var length, out var part))
            {
                length = Utf8Text.Length(text[0]);
                part = text[..length];
            }

            text = text[length..];
            while (wasSpace && part.StartsWith((byte)' '))
            {
                part = part[1..];
            }

            if (part.IsEmpty)
            {
                continue;
            }

            if (!isBegun)
            {
                target.Append(addsPrefix && !addsSuffix ? SpaceMark.Utf8 : []);
                isBegun = true;
            }

            SpaceMark.Write(part, SpaceMark.Utf8, target);
            wasSpace = removesExtraSpaces && part[^1] == ' ';
        }

        while (removesExtraSpaces && target.Length > start && target.Text.EndsWith(SpaceMark.Utf8))
        {
            target.Truncate(target.Length - SpaceMark.Utf8.Length);
        }
    }
}

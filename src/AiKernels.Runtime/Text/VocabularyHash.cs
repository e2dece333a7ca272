using AiKernels.Runtime.Hashing;

namespace AiKernels.Runtime.Text;

/// <summary>A hash of all that a vocabulary says; that of none is no vocabulary's.</summary>
internal static class VocabularyHash
{
    public static ulong Of(Vocabulary? vocabulary)
    {
        using var content = new HashedContent();
        if (vocabulary is not null)
        {
            Write(content.Writer, vocabulary);
        }

        return content.Hash;
    }

    private static void Write(BinaryWriter writer, Vocabulary vocabulary)
    {
        writer.Write(vocabulary.Model);
        writer.Write(vocabulary.Pre is not null);
        writer.Write(vocabulary.Pre ?? "");
        Write(writer, vocabulary.TokenTexts);
        Write(writer, vocabulary.MergeTexts);
        writer.Write(vocabulary.Types.Count);
        foreach (var type in vocabulary.Types)
        {
            writer.Write((int)type);
        }

        writer.Write(vocabulary.Scores.Count);
        foreach (var score in vocabulary.Scores)
        {
            writer.Write(score);
        }

        Write(writer, vocabulary.CharacterMap);
        Write(writer, vocabulary.Rules?.Source);
        foreach (var id in (int?[])[
            vocabulary.Bos, vocabulary.Eos, vocabulary.Eot, vocabulary.Unknown, vocabulary.Padding, vocabulary.Separator])
        {
            writer.Write(id ?? -1);
        }

        writer.Write(vocabulary.AddBos);
        writer.Write(vocabulary.AddEos);
        writer.Write(vocabulary.AddSeparator);
        writer.Write(vocabulary.AddSpacePrefix);
        writer.Write(vocabulary.RemoveExtraSpaces);
        writer.Write(vocabulary.SpaceBehindWords);
        writer.Write(vocabulary.StripsBehindSpecial);
        writer.Write(vocabulary.MergesByRank);
        writer.Write(vocabulary.Lowercase);
        writer.Write(vocabulary.StripAccents ?? vocabulary.Lowercase);
    }

    private static void Write(BinaryWriter writer, byte[]? bytes)
    {
        writer.Write(bytes?.Length ?? -1);
        writer.Write(bytes ?? []);
    }

    private static void Write(BinaryWriter writer, Utf8Texts texts)
    {
        writer.Write(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            writer.Write(texts[i].Length);
            writer.Write(texts[i]);
        }
    }
}

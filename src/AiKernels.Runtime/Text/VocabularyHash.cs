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

        foreach (var id in (int?[])[vocabulary.Bos, vocabulary.Eos, vocabulary.Eot, vocabulary.Unknown, vocabulary.Padding])
        {
            writer.Write(id ?? -1);
        }

        writer.Write(vocabulary.AddBos);
        writer.Write(vocabulary.AddEos);
        writer.Write(vocabulary.AddSpacePrefix);
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

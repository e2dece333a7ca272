using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>
/// Reads GPT-2's two files: ids by token (<c>vocab.json</c>, <c>encoder.json</c>) and a list of merges (<c>merges.txt</c>,
/// <c>vocab.bpe</c>).
/// </summary>
internal static class MergesFile
{
    /// <exception cref="InvalidDataException">A file is bad, or neither it nor the caller says how text is split.</exception>
    public static Vocabulary Read(JsonField vocabulary, byte[] merges, TokenizerConfig? config, string? pre)
    {
        var builder = new VocabularyBuilder(vocabulary.File);
        foreach (var (text, id) in vocabulary.Properties)
        {
            builder.Add(id.Integer, Encoding.UTF8.GetBytes(text));
        }

        config?.AddTokens(builder);
        return Build(builder, ReadMerges(merges), byRank: false, config, pre, vocabulary.File);
    }

    /// <summary>A vocabulary of byte-level tokens.</summary>
    /// <exception cref="ArgumentException">There is no way to split text that is called <paramref name="pre"/>.</exception>
    public static Vocabulary Build(
        VocabularyBuilder builder, Utf8Texts merges, bool byRank, TokenizerConfig? config, string? pre, string file)
    {
        if (pre is not null && Family.Find(pre) is null)
        {
            throw new ArgumentException(
                $"{AiKernels.Runtime.Files.Printable.Quote(pre)} is no pre-tokenizer that is known by llama.cpp's names, such as {string.Join(", ", KnownClasses.SomePre)}",
                nameof(pre));
        }

        var name = pre ?? KnownClasses.Pre(config) ?? throw new InvalidDataException(
            $"{AiKernels.Runtime.Files.Printable.Text(file)} does not say how text is split, nor is there a {TokenizerConfig.FileName} "
            + "of a class that is known: the pre-tokenizer has to be named");
        var (texts, types, _) = builder.Build(bytesAreTokens: false);
        return new Vocabulary
        {
            Model = "gpt2",
            Pre = name,
            Tokens = texts,
            Types = types,
            Merges = merges,
            MergesByRank = byRank,
            Bos = builder.Find(config?.Bos),
            Eos = builder.Find(config?.Eos),
            Padding = builder.Find(config?.Padding),
            Unknown = builder.Find(config?.Unknown),
            AddBos = config?.AddBos ?? Family.Find(name) is { AddsBos: true },
            AddEos = config?.AddEos ?? false,
        };
    }

    private static Utf8Texts ReadMerges(byte[] bytes)
    {
        var texts = new Utf8Texts(bytes.AsSpan().Count((byte)'\n') + 1, bytes.Length);
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            var line = bytes.AsSpan(range).TrimEnd((byte)'\r');
            if (!line.IsEmpty && !line.StartsWith("#version"u8))
            {
                texts.Add(line);
            }
        }

        return texts;
    }
}

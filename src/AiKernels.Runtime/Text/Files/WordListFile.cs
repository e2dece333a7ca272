using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>Reads BERT's <c>vocab.txt</c>: a token a line, the line's number being its id.</summary>
internal static class WordListFile
{
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Whether a file looks like one: it has the token for unknown words.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) => bytes.StartsWith("[UNK]\n"u8) || bytes.IndexOf("\n[UNK]"u8) >= 0;

    /// <exception cref="InvalidDataException">It lacks a special token.</exception>
    public static Vocabulary Read(byte[] bytes, string file, TokenizerConfig? config)
    {
        var builder = new VocabularyBuilder(file);
        var id = 0;
        foreach (var range in bytes.AsSpan().TrimEnd((byte)'\n').Split((byte)'\n'))
        {
            builder.Add(id++, bytes.AsSpan(range).TrimEnd((byte)'\r').ToArray());
        }

        foreach (var name in Special)
        {
            if (builder.Find(name) is { } special)
            {
                builder.AddSpecial(special, name, TokenType.Control, AddedTokenFlags.None);
            }
        }

        var (texts, types, _) = builder.Build(bytesAreTokens: false);
        var isLowercase = config?.Lowercase ?? true;
        return new Vocabulary
        {
            Model = "bert",
            Tokens = texts,
            Types = types,
            Bos = builder.Find("[CLS]"),
            Separator = builder.Find("[SEP]"),
            Unknown = builder.Find("[UNK]"),
            Padding = builder.Find("[PAD]"),
            AddBos = true,
            AddSeparator = true,
            Rules = new TokenizerRules
            {
                Normalizer = new BertNormalizer(true, true, config?.StripAccents ?? isLowercase, isLowercase),
                Splits = WordSplits.Bert,
                Style = PieceStyle.WordPieces,
                ContinuingPrefix = "##",
                DropsLeadingSpace = true,
                Source = Encoding.UTF8.GetBytes($"{FormattableString.Invariant($"vocab.txt {isLowercase} {config?.StripAccents}")}"),
            },
        };
    }
}

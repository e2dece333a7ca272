using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>Finds out what kind of tokenizer a path leads to, and reads it.</summary>
internal static class TokenizerFiles
{
    // The largest known, with a vocabulary of 262,144 tokens, has 35 MB.
    private const long MostBytes = 256 << 20;

    private const int MostNamed = 3;

    /// <summary>Names of files that a folder may have, the best first.</summary>
    private static readonly string[] Names =
    [
        TokenizerJson.FileName, "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "*.tiktoken", "*.model",
        "*encoder.json", "vocab.txt", "*.gguf",
    ];

    /// <inheritdoc cref="Tokenizer.Load"/>
    public static Vocabulary Read(string path, string? pre)
    {
        if (!Directory.Exists(path))
        {
            return ReadFile(path, pre);
        }

        var found = Names.Select(name => Directory.GetFiles(path, name)).FirstOrDefault(files => files.Length > 0) ?? throw new InvalidDataException(
            $"{Printable.Text(path)} has no file of a tokenizer, such as {string.Join(", ", Names[..3])}");
        return found is [var file] ? ReadFile(file, pre) : throw new InvalidDataException(
            $"{Printable.Text(path)} has several tokenizers, of which one has to be named: {Some(found)}");
    }

    /// <summary>Files of one kind by their names, at most a few.</summary>
    private static string Some(string[] files)
    {
        var names = files.Select(file => Printable.Quote(Path.GetFileName(file))).Order(StringComparer.Ordinal).Take(MostNamed);
        return string.Join(", ", names) + (files.Length > MostNamed ? $" and {files.Length - MostNamed} more" : "");
    }

    /// <summary>The whole of a file, which may not be huge.</summary>
    /// <exception cref="InvalidDataException">It is larger than any tokenizer.</exception>
    public static byte[] ReadBytes(string path)
    {
        var found = RegularFile.Find(path, out var isEmpty);
        var length = isEmpty ? 0 : new FileInfo(found).Length;
        return length is > 0 and <= MostBytes
            ? File.ReadAllBytes(found)
            : throw new InvalidDataException($"{Printable.Text(Path.GetFileName(path))} has {length} bytes, which no tokenizer has");
    }

    private static Vocabulary ReadFile(string path, string? pre)
    {
        if (IsGguf(path))
        {
            using var gguf = GgufFile.Open(path);
            return Vocabulary.FromGguf(gguf);
        }

        var (bytes, name) = (ReadBytes(path), Path.GetFileName(path));
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var config = TokenizerConfig.Find(folder);
        return IsJson(bytes) ? ReadJson(JsonField.Parse(bytes, name), folder, config, pre)
            : TiktokenFile.Is(bytes) ? TiktokenFile.Read(bytes, name, config, pre)
            : SentencePieceFile.Is(bytes) ? SentencePieceFile.Read(bytes, name, config)
            : WordListFile.Is(bytes) ? WordListFile.Read(bytes, name, config)
            : Sibling(folder, name) is { } vocabulary
                ? MergesFile.Read(JsonField.Parse(ReadBytes(vocabulary), Path.GetFileName(vocabulary)), bytes, config, pre)
            : throw new InvalidDataException(
                $"{Printable.Text(name)} is no tokenizer: neither GGUF nor JSON, nor SentencePiece's or tiktoken's, nor a list of words");
    }

    private static Vocabulary ReadJson(JsonField root, string folder, TokenizerConfig? config, string? pre)
    {
        if (root.IsObject && root["model"].IsObject)
        {
            return TokenizerJson.Read(root, config);
        }

        var merges = Sibling(folder, root.File) ?? throw new InvalidDataException(
            $"{Printable.Text(root.File)} has no model, nor is there a list of merges beside it, such as merges.txt");
        return MergesFile.Read(root, ReadBytes(merges), config, pre);
    }

    /// <summary>The other one of GPT-2's two files, whose names often begin with a model's.</summary>
    private static string? Sibling(string folder, string name)
    {
        foreach (var (vocabulary, merges) in ((string, string)[])[("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")])
        {
            var (own, other) = name.EndsWith(vocabulary, StringComparison.Ordinal) ? (vocabulary, merges) : (merges, vocabulary);
            var path = Path.Combine(folder, name[..Math.Max(0, name.Length - own.Length)] + other);
            if (name.EndsWith(own, StringComparison.Ordinal) && File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    private static bool IsGguf(string path)
    {
        var found = RegularFile.Find(path, out var isEmpty);
        if (isEmpty)
        {
            return false;
        }

        Span<byte> magic = stackalloc byte[4];
        using var file = File.OpenHandle(found);
        return RandomAccess.Read(file, magic, 0) == magic.Length && magic.SequenceEqual("GGUF"u8);
    }

    private static bool IsJson(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes.StartsWith(System.Text.Encoding.UTF8.Preamble) ? bytes[3..] : bytes;
        return bytes.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
    }
}

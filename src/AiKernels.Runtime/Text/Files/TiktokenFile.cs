using System.Buffers;
using System.Buffers.Text;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>Reads tiktoken's lists of tokens: a line each, base64 and rank, which is the id.</summary>
/// <remarks>
/// The bytes are a token's, or, in some families' files, their spelling in GPT-2's byte alphabet. Which, the space tells:
/// each vocabulary has it, and the alphabet has not.
/// </remarks>
internal static class TiktokenFile
{
    private const int LongestLine = 4096;

    /// <summary>Whether a file looks like one.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\n', (byte)'\r');
        return TryParse(end < 0 ? bytes : bytes[..end], out _, out _);
    }

    /// <exception cref="InvalidDataException">A line is bad.</exception>
    public static Vocabulary Read(byte[] bytes, string file, TokenizerConfig? config, string? pre)
    {
        List<(int Id, byte[] Token)> tokens = [];
        var line = 0;
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            line++;
            var text = bytes.AsSpan(range).TrimEnd("\r "u8);
            if (text.IsEmpty)
            {
                continue;
            }

            tokens.Add(TryParse(text, out var token, out var id)
                ? (id, token)
                : throw new InvalidDataException(
                    $"{Printable.Text(file)}: line {line} at byte {range.Start.GetOffset(bytes.Length)} is not base64 and a rank"));
        }

        var isSpelt = !tokens.Exists(token => token.Token is [(byte)' ']);
        var builder = new VocabularyBuilder(file);
        tokens.ForEach(token => builder.Add(token.Id, isSpelt ? token.Token : ByteAlphabet.Encode(token.Token)));
        config?.AddTokens(builder);
        return MergesFile.Build(builder, new Utf8Texts(0, 0), byRank: true, config, pre, file);
    }

    private static bool TryParse(ReadOnlySpan<byte> line, out byte[] token, out int id)
    {
        (token, id) = ([], 0);
        var space = line.IndexOf((byte)' ');
        if (space <= 0 || line.Length > LongestLine || !Utf8Parser.TryParse(line[(space + 1)..], out id, out var read)
            || read != line.Length - space - 1 || id < 0)
        {
            return false;
        }

        token = new byte[Base64.GetMaxDecodedFromUtf8Length(space)];
        var isRead = Base64.DecodeFromUtf8(line[..space], token, out _, out var written) == OperationStatus.Done;
        token = token[..written];
        return isRead;
    }
}

using System.Text;

namespace AiKernels.Cli;

/// <summary>A text from a file: UTF-8, or UTF-16 with a byte order mark. Anything else is told, not guessed.</summary>
/// <remarks><c>-</c> is standard input, as it is to other programs; a file of that name is <c>./-</c>.</remarks>
internal static class TextFile
{
    /// <exception cref="InvalidDataException">It is no text.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static string Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a directory, not a text file");
        }

        if (path.Length == 0)
        {
            throw new ArgumentException("the name of the text file is empty");
        }

        try
        {
            using var bytes = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            using var reader = new StreamReader(bytes, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException($"'{path}' is no UTF-8 text");
        }
    }
}

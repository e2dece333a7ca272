using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace AiKernels.Cli.Terminal;

/// <summary>Standard output: the result and nothing else, in UTF-8, written through at once.</summary>
internal sealed class ResultWriter : IDisposable
{
    private const nint StandardOutput = 1;

    private static readonly JsonWriterOptions Json = new() { Encoder = new PrintableJson() };

    private readonly Stream _stream;
    private readonly StreamWriter _text;
    private bool _isWithinLine;

    public ResultWriter()
    {
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
        {
            Console.OutputEncoding = Encoding.UTF8;
        }

        _stream = OpenOutput();
        _text = new StreamWriter(_stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
    }

    /// <exception cref="IOException">Standard output can't be written.</exception>
    public void Write(string text)
    {
        Attempt(() => _text.Write(text));
        _isWithinLine = text.Length == 0 ? _isWithinLine : text[^1] != '\n';
    }

    /// <exception cref="IOException">Standard output can't be written.</exception>
    public void WriteLine(string line) => Write(line + "\n");

    /// <summary>
    /// Ends the line, so that what standard error tells next begins on one of its own. A file or a pipe gets exactly the text:
    /// where standard error goes somewhere like that, too, it may be the same, and has the line's end.
    /// </summary>
    /// <exception cref="IOException">Standard output can't be written.</exception>
    public void EndLine()
    {
        if (_isWithinLine && !Console.IsOutputRedirected)
        {
            Write("\n");
        }
        else if (_isWithinLine && Console.IsErrorRedirected)
        {
            Console.Error.WriteLine();
        }
    }

    /// <summary>Writes one JSON object on a line.</summary>
    /// <exception cref="IOException">Standard output can't be written.</exception>
    public void WriteObject(Action<Utf8JsonWriter> properties)
    {
        Attempt(() =>
        {
            using var json = new Utf8JsonWriter(_stream, Json);
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        });
        Write("\n");
    }

    public void Dispose() => _text.Dispose();

    /// <summary>
    /// .NET's console stream hides that a pipe's reader has gone, and a command would work on for nobody. Seekable
    /// output stays with it: a file stream would not move the position that other processes share.
    /// </summary>
    private static Stream OpenOutput()
    {
        if (!OperatingSystem.IsWindows())
        {
            var stream = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek)
            {
                return stream;
            }
        }

        return Console.OpenStandardOutput();
    }

    private static void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (IOException failure)
        {
            throw new IOException($"standard output can't be written: {failure.Message}", failure);
        }
    }
}

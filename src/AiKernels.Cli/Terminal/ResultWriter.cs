using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace AiKernels.Cli.Terminal;

/// <summary>Standard output: the result and nothing else, in UTF-8, written through at once.</summary>
internal sealed class ResultWriter : IDisposable
{
    private const nint StandardOutput = 1;

    private readonly Stream _stream;
    private readonly StreamWriter _text;

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
    public void Write(string text) => Attempt(() => _text.Write(text));

    /// <exception cref="IOException">Standard output can't be written.</exception>
    public void WriteLine(string line) => Write(line + "\n");

    /// <summary>Writes one JSON object on a line. All that isn't ASCII is escaped, so a terminal can't be fooled.</summary>
    /// <exception cref="IOException">Standard output can't be written.</exception>
    public void WriteObject(Action<Utf8JsonWriter> properties)
    {
        Attempt(() =>
        {
            using var json = new Utf8JsonWriter(_stream);
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

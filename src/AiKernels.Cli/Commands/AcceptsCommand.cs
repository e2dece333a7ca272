using System.CommandLine;
using System.Globalization;
using System.Text;
using AiKernels.Cli.Terminal;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Grammars;

namespace AiKernels.Cli.Commands;

/// <summary><c>accepts</c>: whether a text follows a grammar, a schema or an expression.</summary>
internal static class AcceptsCommand
{
    // What is shown of a text around the place where it stops.
    private const int Shown = 24;

    public static Command Create()
    {
        var grammar = new GrammarInputs("It");
        var json = Inputs.Json();
        var command = new Command("accepts", "Tells whether the text on standard input follows a grammar: exit code 0 if it does, 1 if not.");
        grammar.AddTo(command, isNeeded: true);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellation) =>
            Run(grammar.Read(parsed)!, await ReadAsync(cancellation), parsed.GetValue(json)));
        return command;
    }

    private static async Task<byte[]> ReadAsync(CancellationToken cancellation)
    {
        await using var input = Console.OpenStandardInput();
        using var text = new MemoryStream();
        await input.CopyToAsync(text, cancellation);
        return text.ToArray();
    }

    private static int Run(Grammar grammar, byte[] text, bool json)
    {
        var matcher = new GrammarMatcher(grammar);
        var position = matcher.Read(text);
        var reason = position < text.Length ? Stop(text, position)
            : matcher.IsComplete ? null
            : $"more has to follow{After(text, position)}";
        using var result = new ResultWriter();
        if (json)
        {
            result.WriteObject(writer =>
            {
                writer.WriteBoolean("accepted", reason is null);
                writer.WriteNumber("position", position);
                writer.WriteString("reason", reason);
            });
        }
        else
        {
            result.WriteLine(reason is null ? "accepted" : $"not accepted: {reason}");
        }

        return reason is null ? 0 : 1;
    }

    private static string Stop(byte[] text, int position)
    {
        var next = Shorten(text.AsSpan(position, Math.Min(Shown, text.Length - position)));
        return position == 0
            ? $"nothing that fits begins with '{next}'"
            : string.Create(CultureInfo.InvariantCulture, $"byte {position} begins '{next}', which can't follow{After(text, position)}");
    }

    private static string After(byte[] text, int position)
    {
        var start = Math.Max(position - Shown, 0);
        return position == 0 ? "" : $" '{Shorten(text.AsSpan(start, position - start))}'";
    }

    private static string Shorten(ReadOnlySpan<byte> text) => Printable.Text(Encoding.UTF8.GetString(text), Shown);
}

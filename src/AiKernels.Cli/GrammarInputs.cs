using System.CommandLine;
using System.CommandLine.Parsing;
using AiKernels.Runtime.Grammars;

namespace AiKernels.Cli;

/// <summary>The options by which one says what a text has to follow.</summary>
/// <param name="text">What has to, as the subject of a sentence.</param>
internal sealed class GrammarInputs(string text)
{
    private readonly Option<string?> _gbnf = new("--gbnf") { Description = $"{text} follows a grammar in GBNF.", HelpName = "FILE" };

    private readonly Option<string?> _schema = new("--schema")
    {
        Description = $"{text} is JSON as a JSON Schema has it, the properties in the order of the schema.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _regex = new("--regex")
    {
        Description = $"{text} is matched by a regular expression of JavaScript (with the flag u), all of it.",
        HelpName = "REGEX",
    };

    private readonly Option<JsonWhitespace> _whitespace = new("--json-whitespace")
    {
        Description = "What stands between the values of JSON under --schema: free (as the model likes), one-space or none.",
        HelpName = "SPACE",
        CustomParser = result => Spaces.TryGetValue(result.Tokens[0].Value, out var space) ? space : Unknown(result),
    };

    private static readonly Dictionary<string, JsonWhitespace> Spaces = new()
    {
        ["free"] = JsonWhitespace.Free,
        ["one-space"] = JsonWhitespace.OneSpace,
        ["none"] = JsonWhitespace.None,
    };

    /// <param name="command">What has the options.</param>
    /// <param name="isNeeded">Whether one has to be given.</param>
    /// <param name="isGenerated">Whether the text is generated, and not read.</param>
    public void AddTo(Command command, bool isNeeded, bool isGenerated = false)
    {
        if (isGenerated)
        {
            command.Options.Add(_whitespace);
        }

        Option[] options = [_gbnf, _schema, _regex];
        Array.ForEach(options, command.Options.Add);
        command.Validators.Add(result =>
        {
            var given = options.Count(option => result.GetResult(option) is not null);
            if (given > 1 || (isNeeded && given == 0))
            {
                result.AddError($"give {(isNeeded ? "one" : "at most one")} of --gbnf FILE, --schema FILE and --regex REGEX");
            }

            if (result.GetResult(_whitespace) is not null && result.GetResult(_schema) is null)
            {
                result.AddError("--json-whitespace is for --schema; other grammars say themselves where there is space");
            }

            if (!isGenerated && IsFromStandardInput(result))
            {
                result.AddError("standard input is the text that is read; the grammar has to be a file");
            }
        });
    }

    /// <summary>Whether the grammar is what standard input has.</summary>
    public bool IsFromStandardInput(CommandResult result) => result.GetValue(_gbnf) == "-" || result.GetValue(_schema) == "-";

    /// <exception cref="GrammarException">The grammar can't be read.</exception>
    public Grammar? Read(ParseResult parsed) =>
        parsed.GetValue(_gbnf) is { } gbnf ? Grammar.FromGbnf(TextFile.Read(gbnf))
        : parsed.GetValue(_schema) is { } schema ? Grammar.FromJsonSchema(TextFile.Read(schema), Json(parsed))
        : parsed.GetValue(_regex) is { } regex ? Grammar.FromRegex(regex)
        : null;

    /// <summary>Matched JSON is spaced as it likes, and numbers are written as they like.</summary>
    private JsonSchemaOptions Json(ParseResult parsed) => parsed.CommandResult.Command.Options.Contains(_whitespace)
        ? new() { Whitespace = parsed.GetValue(_whitespace), PlainIntegers = true }
        : new();

    private static JsonWhitespace Unknown(ArgumentResult result)
    {
        result.AddError($"'{result.Tokens[0].Value}' is none of {string.Join(", ", Spaces.Keys)}");
        return default;
    }
}

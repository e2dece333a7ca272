using System.CommandLine;
using AiKernels.Runtime.Grammars;

namespace AiKernels.Cli;

/// <summary>The options by which one says what a text has to follow.</summary>
/// <param name="text">What has to, as the subject of a sentence.</param>
internal sealed class GrammarInputs(string text)
{
    private readonly Option<string?> _gbnf = new("--gbnf") { Description = $"{text} follows a grammar in GBNF.", HelpName = "FILE" };

    private readonly Option<string?> _schema = new("--schema") { Description = $"{text} is JSON as a JSON Schema has it.", HelpName = "FILE" };

    private readonly Option<string?> _regex = new("--regex") { Description = $"{text} is matched by a regular expression, all of it.", HelpName = "REGEX" };

    public void AddTo(Command command, bool isNeeded)
    {
        Option[] options = [_gbnf, _schema, _regex];
        Array.ForEach(options, command.Options.Add);
        command.Validators.Add(result =>
        {
            var given = options.Count(option => result.GetResult(option) is not null);
            if (given > 1 || (isNeeded && given == 0))
            {
                result.AddError($"give {(isNeeded ? "one" : "at most one")} of --gbnf FILE, --schema FILE and --regex REGEX");
            }
        });
    }

    /// <exception cref="GrammarException">The grammar can't be read.</exception>
    public Grammar? Read(ParseResult parsed) =>
        parsed.GetValue(_gbnf) is { } gbnf ? Grammar.FromGbnf(TextFile.Read(gbnf))
        : parsed.GetValue(_schema) is { } schema ? Grammar.FromJsonSchema(TextFile.Read(schema))
        : parsed.GetValue(_regex) is { } regex ? Grammar.FromRegex(regex)
        : null;
}

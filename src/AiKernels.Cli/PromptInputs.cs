using System.CommandLine;

namespace AiKernels.Cli;

/// <summary>The options by which one says what to continue.</summary>
internal sealed class PromptInputs
{
    private readonly Option<string?> _text = new("--prompt", "-p")
    {
        Description = "What to continue. Names of control tokens in it stand for them; where it begins with the begin token's, as "
            + "rendered templates do, no second one is added. Without a prompt, or with an empty one, the text starts from nothing.",
        HelpName = "TEXT",
    };

    private readonly Option<string?> _file = Inputs.TextFile(
        "Takes the prompt from a file, or from standard input for '-', exactly as it stands: a line end that it ends with is part of it.");

    /// <param name="command">What has the options.</param>
    /// <param name="grammar">What the text has to follow, which may come from standard input if the prompt doesn't.</param>
    public void AddTo(Command command, GrammarInputs grammar)
    {
        command.Options.Add(_text);
        command.Options.Add(_file);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_text) is not null && result.GetResult(_file) is not null)
            {
                result.AddError("give either --prompt TEXT or --file FILE, not both");
            }
            else if (result.GetResult(_file) is { Tokens: [{ Value: "-" }] } && grammar.IsFromStandardInput(result))
            {
                result.AddError("standard input is the prompt; the grammar has to be a file");
            }
        });
    }

    /// <exception cref="InvalidDataException">The file is no text.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public async Task<string> ReadAsync(ParseResult parsed, CancellationToken cancellation) =>
        parsed.GetValue(_file) is { } file
            ? await Task.Run(() => TextFile.Read(file), cancellation).WaitAsync(cancellation) // Standard input may never end.
            : parsed.GetValue(_text) ?? "";
}

using System.CommandLine;
using System.CommandLine.Invocation;
using AiKernels.Cli.Commands;
using AiKernels.Cli.Terminal;

namespace AiKernels.Cli;

/// <summary>From arguments to an exit code: 0 success, 1 failure, 128 + the signal's number when interrupted.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Runs language models in managed code: the same bits on every machine.")
        {
            RunCommand.Create(),
            ReplayCommand.Create(),
            InspectCommand.Create(),
            TokenizeCommand.Create(),
            RenderCommand.Create(),
            AcceptsCommand.Create(),
            LogitsCommand.Create(),
            PerplexityCommand.Create(),
            BenchCommand.Create(),
            DevicesCommand.Create(),
        };

        // Prompts may begin with '@' or look like a bundle of short options; they are only text.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            var help = $"aikernels {(parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ")}--help";
            var problem = parsed.UnmatchedTokens is [var unknown, ..]
                ? $"'{unknown}' is no command, argument or option here"
                : parsed.Errors[0].Message.TrimEnd('.');
            return Failure.Report($"{problem}; '{help}' shows what is possible");
        }

        using var interruption = new Interruption();
        try
        {
            // Ctrl+C and exceptions are handled here, in one place and in one style.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.ExitCode is { } code)
        {
            return code;
        }
#pragma warning disable CA1031 // Nobody else is left to catch it, and a stack trace helps no user.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return Failure.Report(failure);
        }
    }
}

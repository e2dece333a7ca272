using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using AiKernels.Cli.Terminal;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Text;

namespace AiKernels.Cli.Commands;

/// <summary><c>tokenize</c>: the tokens of a text.</summary>
internal static class TokenizeCommand
{
    public static Command Create()
    {
        var model = Inputs.Tokenizer();
        var text = new Argument<string?>("TEXT") { Description = "The text.", Arity = ArgumentArity.ZeroOrOne };
        var file = Inputs.TextFile("Reads the text from a file.");
        var special = new Option<bool>("--special")
        {
            Description = "Adds the begin and end tokens that the model asks for, and reads names of control tokens as those.",
        };
        var pre = new Option<string?>("--pre")
        {
            Description = "How text is split, by llama.cpp's names (qwen2, llama-bpe ...), for files that don't say: tiktoken's, lists of merges.",
            HelpName = "NAME",
        };
        var json = Inputs.Json();
        var command = new Command("tokenize", "Shows the tokens of a text; a tokenizer alone suffices.")
        {
            model, text, file, special, pre, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(text) is null == result.GetValue(file) is null)
            {
                result.AddError("give either TEXT or --file FILE");
            }
        });
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(
                parsed.GetValue(model)!,
                parsed.GetValue(text) ?? TextFile.Read(parsed.GetValue(file)!),
                parsed.GetValue(special),
                parsed.GetValue(pre),
                parsed.GetValue(json)),
            cancellation).WaitAsync(cancellation)); // Nothing is lost by leaving it in the middle.
        return command;
    }

    private static int Run(string model, string text, bool special, string? pre, bool json)
    {
        using var file = new ModelFile(model);
        var tokenizer = Load(file.Path, pre);
        var ids = special ? tokenizer.EncodeWithSpecial(text, parseSpecial: true) : tokenizer.Encode(text);
        using var result = new ResultWriter();
        if (json)
        {
            WriteJson(result, tokenizer, ids);
            return 0;
        }

        foreach (var id in ids)
        {
            var piece = Piece(tokenizer, id);
            result.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{id}\t'{Printable.Text(piece, piece.Length)}'"));
        }

        return 0;
    }

    private static Tokenizer Load(string path, string? pre)
    {
        try
        {
            var tokenizer = Tokenizer.Load(path, pre);
            return pre is null || tokenizer.Vocabulary.Pre == pre ? tokenizer : throw new ArgumentException(
                "--pre is for files that don't say how text is split, tiktoken's and lists of merges; this one does");
        }
        catch (ArgumentException failure) when (failure.ParamName == nameof(pre))
        {
            throw new ArgumentException($"--pre: {failure.Message}", failure);
        }
    }

    private static void WriteJson(ResultWriter result, Tokenizer tokenizer, int[] ids) => result.WriteObject(json =>
    {
        json.WriteStartArray("ids");
        Array.ForEach(ids, json.WriteNumberValue);
        json.WriteEndArray();
        json.WriteStartArray("pieces");
        Array.ForEach(ids, id => json.WriteStringValue(Piece(tokenizer, id)));
        json.WriteEndArray();
    });

    /// <summary>What a token adds to a text; bytes that are no whole characters by their numbers, as in <c>&lt;0xE2&gt;</c>.</summary>
    private static string Piece(Tokenizer tokenizer, int id)
    {
        var bytes = tokenizer.Piece(id);
        return Utf8.IsValid(bytes)
            ? Encoding.UTF8.GetString(bytes)
            : string.Concat(bytes.ToArray().Select(value => $"<0x{value:X2}>"));
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Cli;

/// <summary>Arguments and options that several commands share, and numbers that are checked for their range.</summary>
internal static class Inputs
{
    public static Argument<string> Model() => new("MODEL")
    {
        Description = "A GGUF file, or 'demo' for the small model that is built in.",
    };

    public static Argument<string> Tokenizer() => new("MODEL")
    {
        Description = "A GGUF file, a tokenizer's file (tokenizer.json, tokenizer.model ...) or a folder with one, or 'demo'.",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print the result as one JSON object." };

    /// <summary>Where packed weights are kept; null where they are not, and the empty text for the model's own folder.</summary>
    public static Option<string?> PackedCache() => new("--packed-cache")
    {
        Description = "Keeps the packed weights in this folder, or beside the model, and maps them at the next start. "
            + "Put it behind MODEL or write --packed-cache=FOLDER. The built-in model needs none.",
        HelpName = "FOLDER",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => result.Tokens is [var folder] ? folder.Value : "",
    };

    /// <summary>How keys and values are stored.</summary>
    public static Option<GgmlType> KeyValueType()
    {
        var types = KeyValueShape.Types;
        return new Option<GgmlType>("--kv")
        {
            Description = $"How keys and values are stored: {string.Join(", ", types)}; smaller ones read faster in long contexts.",
            HelpName = "NAME",
            DefaultValueFactory = _ => GgmlType.F32,
            CustomParser = result =>
            {
                var name = result.Tokens[0].Value;
                if (Enum.TryParse<GgmlType>(name, ignoreCase: true, out var type) && types.Contains(type))
                {
                    return type;
                }

                result.AddError($"--kv needs one of {string.Join(", ", types)}, not '{name}'");
                return default;
            },
        };
    }

    public static Option<string?> TextFile(string description) => new("--file", "-f")
    {
        Description = description,
        HelpName = "FILE",
    };

    /// <summary>A number that is refused outside its range, in a sentence that names the option.</summary>
    public static Option<T> Number<T>(string name, string[] aliases, string description, T fallback, (T Least, T Most) range)
        where T : INumber<T> => new(name, aliases)
        {
            Description = description,
            HelpName = "NUMBER",
            DefaultValueFactory = _ => fallback,
            CustomParser = result => Parse(result, name, range),
        };

    /// <summary>A comma-separated list of whole numbers from 0 on.</summary>
    public static int[] ParseIds(ArgumentResult result)
    {
        var ids = new List<int>();
        foreach (var part in result.Tokens[0].Value.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var id))
            {
                result.AddError($"--tokens needs token ids with commas between, such as 1,2,3; '{part}' is none");
                return [];
            }

            ids.Add(id);
        }

        return [.. ids];
    }

    /// <summary>Reads a number that has to lie in a range.</summary>
    public static T Parse<T>(ArgumentResult result, string name, (T Least, T Most) range)
        where T : INumber<T>
    {
        var text = result.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value >= range.Least && value <= range.Most)
        {
            return value;
        }

        var kind = typeof(T) == typeof(float) ? "a number" : "a whole number";
        result.AddError($"{name} needs {kind} {Words(range)}, not '{text}'");
        return range.Least;
    }

    /// <summary>A range as one says it: the least positive float means that 0 is left out, the largest that there is no end.</summary>
    private static string Words<T>((T Least, T Most) range)
        where T : INumber<T>
    {
        var isOpen = range.Least is float.Epsilon;
        var least = isOpen ? "above 0" : string.Create(CultureInfo.InvariantCulture, $"from {range.Least}");
        return (isOpen, range.Most is float.MaxValue) switch
        {
            (true, true) => least,
            (false, true) => $"{least} on",
            (true, false) => string.Create(CultureInfo.InvariantCulture, $"{least} and at most {range.Most}"),
            (false, false) => string.Create(CultureInfo.InvariantCulture, $"{least} to {range.Most}"),
        };
    }
}

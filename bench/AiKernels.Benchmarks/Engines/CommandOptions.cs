using System.CommandLine;

namespace AiKernels.Benchmarks.Engines;

/// <summary>Options that several commands have.</summary>
internal static class CommandOptions
{
    /// <summary>A count, at least one.</summary>
    public static Option<int> Number(string name, string description, int fallback)
    {
        const int most = 1 << 20;
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > most)
            {
                result.AddError($"{name} needs a whole number from 1 to {most}");
            }
        });
        return option;
    }
}

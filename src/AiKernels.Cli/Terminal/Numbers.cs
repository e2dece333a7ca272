using System.Globalization;

namespace AiKernels.Cli.Terminal;

/// <summary>Numbers for people to read, the same in every country.</summary>
internal static class Numbers
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count with its noun: 1 token, 2 tokens.</summary>
    public static string Count(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    public static string Decimals(double value, int digits) =>
        value.ToString($"F{digits}", CultureInfo.InvariantCulture);

    public static string Rate(double tokensPerSecond) => $"{Decimals(tokensPerSecond, 1)} tokens/s";

    /// <summary>Bytes in units of 1,000: 1.5 GB.</summary>
    public static string Bytes(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1000 && unit < Units.Length - 1; unit++)
        {
            value /= 1000;
        }

        return $"{Decimals(value, unit == 0 ? 0 : 1)} {Units[unit]}";
    }
}

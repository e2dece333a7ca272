namespace AiKernels.Benchmarks.Peers;

/// <summary>A variant of the peer, and the settings of our process that make it a fair match.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Variant">The peer's processor variant; null for its own choice.</param>
/// <param name="Scenarios">The scenarios' names.</param>
/// <param name="Settings">Environment variables of our process.</param>
internal sealed record Pairing(
    string Text, string? Variant, IReadOnlyList<string> Scenarios, IReadOnlyList<KeyValuePair<string, string>> Settings)
{
    /// <summary>What stands for the peer's own choice.</summary>
    public const string Auto = "auto";

    /// <summary>Reads <c>VARIANT[@SCENARIO,...][;NAME=VALUE...]</c>.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Pairing Parse(string text)
    {
        var parts = text.Split(';');
        var head = parts[0].Split('@');
        if (head.Length > 2 || !head[0].All(char.IsAsciiLetterOrDigit) || head[0].Length == 0)
        {
            throw new FormatException($"a pair is VARIANT[@SCENARIO,...][;NAME=VALUE...], not '{text}'");
        }

        string[] scenarios = head.Length == 2 ? head[1].Split(',') : Scenario.Names;
        if (scenarios.FirstOrDefault(name => !Scenario.Names.Contains(name)) is { } unknown)
        {
            throw new FormatException($"there is no scenario '{unknown}'; the ones known are {string.Join(", ", Scenario.Names)}");
        }

        return new Pairing(text, head[0] == Auto ? null : head[0], scenarios, [.. parts.Skip(1).Select(Setting)]);
    }

    private static KeyValuePair<string, string> Setting(string text)
    {
        var end = text.IndexOf('=', StringComparison.Ordinal);
        return end > 0
            ? new(text[..end], text[(end + 1)..])
            : throw new FormatException($"a setting is NAME=VALUE, not '{text}'");
    }
}

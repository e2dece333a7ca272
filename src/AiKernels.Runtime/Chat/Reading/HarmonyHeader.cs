using static AiKernels.Runtime.Chat.Syntax.HarmonyMarkers;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>What the header of a message of gpt-oss says. Channel and addressee come in either order.</summary>
/// <param name="Purpose">Its channel; empty where it isn't said.</param>
/// <param name="Recipient">For whom it is; null for the user.</param>
internal sealed record HarmonyHeader(string Purpose, string? Recipient)
{
    private static readonly string[] Channels = [Analysis, Commentary, Final], ContentTypes = ["json", "code", "text"],
        Usual = [.. Channels.Select(channel => $"{Role}{Channel}{channel}{Message}")];

    // Longer than the longest name of a tool.
    public const int Longest = 512;

    /// <summary>Whether it is reasoning.</summary>
    public bool IsReasoning => Purpose == Analysis && Recipient is null;

    /// <summary>The tool that it calls; null for none.</summary>
    public string? Tool => Recipient?.StartsWith(Functions, StringComparison.Ordinal) == true ? Recipient[Functions.Length..] : Recipient;

    /// <summary>Reads what stands between a message's start and its content; null if that is no header.</summary>
    public static HarmonyHeader? Read(string header)
    {
        var (channel, addressee, isChannel) = ("", (string?)null, false);
        var words = header.Replace(Channel, $" {Channel} ", StringComparison.Ordinal).Replace(Constrain, " ", StringComparison.Ordinal)
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words)
        {
            if (addressee is null && word.StartsWith(Addressee, StringComparison.Ordinal) && Markup.IsName(word))
            {
                addressee = word[Addressee.Length..];
            }
            else if (isChannel && channel.Length == 0 && Channels.Contains(word))
            {
                channel = word;
            }
            else if (word != Channel && !(isChannel ? ContentTypes.Contains(word) : word == Role))
            {
                return null;
            }

            isChannel |= word == Channel;
        }

        return new(channel, addressee);
    }

    /// <summary>Whether a turn that has only begun may have a header: what isn't one is text.</summary>
    public static bool MayBegin(ReadOnlySpan<char> text)
    {
        var header = text.StartsWith(' ') ? text[1..] : text;
        return MayBe(header, Channel) || MayBe(header, Addressee) || MayBe(header, Message);
    }

    /// <summary>Whether what stands behind a message's start is what models write there, as far as they came, for no tool.</summary>
    public static bool IsCutOff(string header) => Array.Exists(Usual, whole => whole.StartsWith(header, StringComparison.Ordinal));

    private static bool MayBe(ReadOnlySpan<char> text, string marker) =>
        text.StartsWith(marker) || marker.AsSpan().StartsWith(text);
}

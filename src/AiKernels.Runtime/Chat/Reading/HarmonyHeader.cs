using static AiKernels.Runtime.Chat.Syntax.HarmonyMarkers;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>What the header of a message of gpt-oss says. Channel and addressee come in either order.</summary>
/// <param name="Channel">For what it is; empty where it isn't said.</param>
/// <param name="Addressee">For whom it is; null for the user.</param>
internal sealed record HarmonyHeader(string Channel, string? Addressee)
{
    // Longer than the longest name of a tool.
    public const int Longest = 512;

    /// <summary>Whether it is reasoning.</summary>
    public bool IsReasoning => Channel == Analysis && Addressee is null;

    /// <summary>The tool that it calls; null for none.</summary>
    public string? Tool => Addressee?.StartsWith(Functions, StringComparison.Ordinal) == true ? Addressee[Functions.Length..] : Addressee;

    /// <summary>Reads what stands between a message's start and its content.</summary>
    public static HarmonyHeader Read(string header)
    {
        var place = header.IndexOf(Syntax.HarmonyMarkers.Channel, StringComparison.Ordinal);
        var channel = place < 0 ? "" : Word(header[(place + Syntax.HarmonyMarkers.Channel.Length)..]);
        var to = header.IndexOf(Syntax.HarmonyMarkers.Addressee, StringComparison.Ordinal);
        return new(channel, to < 0 ? null : Word(header[(to + Syntax.HarmonyMarkers.Addressee.Length)..]));
    }

    /// <summary>Whether a turn that has only begun may have a header: what isn't one is text.</summary>
    public static bool MayBegin(ReadOnlySpan<char> text)
    {
        var header = text.StartsWith(' ') ? text[1..] : text;
        return MayBe(header, Syntax.HarmonyMarkers.Channel) || MayBe(header, Syntax.HarmonyMarkers.Addressee) || MayBe(header, Message);
    }

    private static bool MayBe(ReadOnlySpan<char> text, string marker) =>
        text.StartsWith(marker) || marker.AsSpan().StartsWith(text);

    private static string Word(string text) => text[..Markup.NameLength(text)];
}

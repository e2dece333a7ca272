namespace AiKernels.Runtime.Text;

/// <summary>
/// Cuts before runs of marked spaces. Where the mark is a token, and no token has one behind another character, none reaches
/// across, nor does anything unknown, so that the tokens stay the same, and words that repeat are found at once.
/// </summary>
internal sealed class SpaceRuns(Stage next) : Stage
{
    /// <summary>Whether all tokens allow it.</summary>
    public static bool Allow(TokenIndex index)
    {
        foreach (var token in index.Tokens)
        {
            if (SpaceMark.IsInside(index.Text(token)))
            {
                return false;
            }
        }

        return index.TryGet(SpaceMark.Utf8, out _);
    }

    public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
    {
        while (!text.IsEmpty)
        {
            var spaces = 0;
            while (text[spaces..].StartsWith(SpaceMark.Utf8))
            {
                spaces += SpaceMark.Utf8.Length;
            }

            var letters = text[spaces..].IndexOf(SpaceMark.Utf8);
            var length = letters < 0 ? text.Length : spaces + letters;
            next.Take(text[..length], isStart, run);
            text = text[length..];
            isStart = false;
        }
    }
}

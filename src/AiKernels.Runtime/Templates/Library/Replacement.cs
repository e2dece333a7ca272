namespace AiKernels.Runtime.Templates.Library;

/// <summary>Python's <c>str.replace</c>.</summary>
internal static class Replacement
{
    /// <param name="run">The rendering.</param>
    /// <param name="text">The text.</param>
    /// <param name="old">What is replaced; where it is empty, the place before each character and the end.</param>
    /// <param name="fresh">What it is replaced by.</param>
    /// <param name="count">How often at most; negative for always.</param>
    public static string Of(Rendering run, string text, string old, string fresh, int count)
    {
        var replaced = new PromptText(run);
        var place = 0;
        for (var done = 0; done != count; done++)
        {
            run.Step();
            var found = old.Length == 0 ? NextCharacter(text, place, done) : TextSearch.First(run, text, old, place);
            if (found < 0)
            {
                break;
            }

            replaced.Append(text.AsSpan(place, found - place));
            replaced.Append(fresh);
            place = found + old.Length;
        }

        replaced.Append(text.AsSpan(place));
        return replaced.ToString();
    }

    private static int NextCharacter(string text, int place, int done) =>
        done == 0 ? 0
        : place == text.Length ? -1
        : place + (char.IsSurrogatePair(text, place) ? 2 : 1);
}

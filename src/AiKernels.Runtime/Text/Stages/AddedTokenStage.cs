using System.Globalization;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>Takes added tokens out of a text; what lies between them goes on.</summary>
internal sealed class AddedTokenStage : Stage
{
    private readonly AddedTokenFinder _all, _withoutControl;
    private readonly Stage _next;

    public AddedTokenStage(IReadOnlyCollection<AddedToken> tokens, Stage next)
    {
        _next = next;
        _withoutControl = new AddedTokenFinder(tokens.Where(token => !token.IsControl));
        _all = tokens.Any(token => token.IsControl) ? new AddedTokenFinder(tokens) : _withoutControl;
    }

    public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
    {
        var finder = run.ParseSpecial ? _all : _withoutControl;
        var (end, from) = (0, 0);
        while (!finder.IsEmpty && finder.Find(text, from, out var start) is { } found)
        {
            from = start + found.Text.Length;
            var stop = from;
            if (found.Flags != AddedTokenFlags.None && !Fits(text, found.Flags, ref start, ref stop))
            {
                continue;
            }

            // The spaces before it may belong to the token before already.
            start = Math.Max(start, end);
            if (start > end)
            {
                _next.Take(text[end..start], isStart && end == 0, run);
            }

            run.Add(found.Token);
            end = stop;
        }

        if (end < text.Length)
        {
            _next.Take(text[end..], isStart && end == 0, run);
        }
    }

    /// <summary>Whether a token may be where it was found; gives it the spaces that belong to it.</summary>
    private static bool Fits(ReadOnlySpan<byte> text, AddedTokenFlags flags, ref int start, ref int stop)
    {
        if (flags.HasFlag(AddedTokenFlags.SingleWord)
            && ((start > 0 && IsWord(Utf8Text.CodePointBefore(text, start)))
                || (stop < text.Length && IsWord(Utf8Text.CodePoint(text, stop, out _)))))
        {
            return false;
        }

        while (flags.HasFlag(AddedTokenFlags.LeftStrip) && start > 0 && IsSpace(Utf8Text.CodePointBefore(text, start), out var length))
        {
            start -= length;
        }

        while (flags.HasFlag(AddedTokenFlags.RightStrip) && stop < text.Length && IsSpace(Utf8Text.CodePoint(text, stop, out var length), out _))
        {
            stop += length;
        }

        return true;
    }

    private static bool IsWord(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint) is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    private static bool IsSpace(int codePoint, out int length)
    {
        length = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : 3;
        return CharacterSet.WhiteSpace.Contains(codePoint, UnicodeCategory.OtherNotAssigned);
    }
}

using System.Globalization;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>Takes added tokens out of a text; what lies between them goes on.</summary>
internal sealed class AddedTokenStage : Stage
{
    private readonly AddedTokenFinder _all, _withoutControl;
    private readonly Stage _next;
    private readonly bool _isFirst;

    /// <param name="tokens">The tokens.</param>
    /// <param name="next">Takes what lies between them.</param>
    /// <param name="isFirst">Whether it gets the text as it was given, so that places in it are known.</param>
    public AddedTokenStage(IReadOnlyCollection<AddedToken> tokens, Stage next, bool isFirst)
    {
        (_next, _isFirst) = (next, isFirst);
        _withoutControl = new AddedTokenFinder(tokens.Where(token => !token.IsControl));
        _all = tokens.Any(token => token.IsControl) ? new AddedTokenFinder(tokens) : _withoutControl;
    }

    public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
    {
        // Behind a normalizer nobody knows where barred places went, so there no control token is safe to find.
        var finder = run.ParseSpecial && (_isFirst || !run.IsGuarded) ? _all : _withoutControl;
        var (end, from) = (0, 0);
        while (!finder.IsEmpty && Find(finder, text, from, run.Barred, out var start) is { } found)
        {
            from = start + found.Text.Length;
            var stop = from;
            if (found.Flags != AddedTokenFlags.None && !Fits(text, found.Flags, end, ref start, ref stop))
            {
                continue;
            }

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

    /// <summary>The next token that is no control token at a barred place.</summary>
    private AddedToken? Find(AddedTokenFinder finder, ReadOnlySpan<byte> text, int from, List<int> barred, out int start)
    {
        while (finder.Find(text, from, out start) is { } found)
        {
            if (!found.IsControl || barred.BinarySearch(start) < 0)
            {
                return found;
            }

            if (_withoutControl.Longest(text[start..]) is { } other)
            {
                return other;
            }

            from = start + 1;
        }

        return null;
    }

    /// <summary>
    /// Whether a token may be where it was found; gives it the spaces that belong to it, of which none before
    /// <paramref name="end"/> is looked at again: they belong to the token before.
    /// </summary>
    private static bool Fits(ReadOnlySpan<byte> text, AddedTokenFlags flags, int end, ref int start, ref int stop)
    {
        if (flags.HasFlag(AddedTokenFlags.SingleWord)
            && ((start > 0 && IsWord(Utf8Text.CodePointBefore(text, start)))
                || (stop < text.Length && IsWord(Utf8Text.CodePoint(text, stop, out _)))))
        {
            return false;
        }

        while (flags.HasFlag(AddedTokenFlags.LeftStrip) && start > end && IsSpace(Utf8Text.CodePointBefore(text, start), out var length))
        {
            start -= length;
        }

        start = flags.HasFlag(AddedTokenFlags.LeftStrip) ? Math.Max(start, end) : start;
        stop = flags.HasFlag(AddedTokenFlags.RightStrip) ? Math.Max(stop, end) : stop;
        while (flags.HasFlag(AddedTokenFlags.RightStrip) && stop < text.Length && IsSpace(Utf8Text.CodePoint(text, stop, out var length), out _))
        {
            stop += length;
        }

        return start < stop;
    }

    private static bool IsWord(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint) is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    private static bool IsSpace(int codePoint, out int length)
    {
        length = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : 3;
        return CharacterSet.WhiteSpace.Contains(codePoint, UnicodeCategory.OtherNotAssigned);
    }
}

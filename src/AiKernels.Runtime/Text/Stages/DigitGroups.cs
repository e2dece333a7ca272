using System.Globalization;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>Splits numbers into groups of digits counted from their end, so that 1234567 is 1, 234, 567.</summary>
/// <remarks>
/// Expressions say it with a lookahead over all digits that follow, <c>(?=(\d{3})+(?!\d))</c> or
/// <c>\d{1,3}(?=(?:\d{3})*\b)</c>, which takes time quadratic in their number. This takes a second look.
/// </remarks>
/// <param name="Length">Digits in a group.</param>
/// <param name="EndsAtWords">Whether digits before a letter are no number and stay as they are.</param>
internal sealed record DigitGroups(int Length, bool EndsAtWords) : SplitRule
{
    public override Stage Before(Stage next) => new Splitter(this, next);

    private static bool IsDigit(ReadOnlySpan<byte> text, int at, out int length) =>
        CharUnicodeInfo.GetUnicodeCategory(Utf8Text.CodePoint(text, at, out length)) == UnicodeCategory.DecimalDigitNumber;

    private sealed class Splitter(DigitGroups rule, Stage next) : Stage
    {
        public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
        {
            var (start, at) = (0, 0);
            while (at < text.Length)
            {
                if (!IsDigit(text, at, out var length))
                {
                    at += length;
                    continue;
                }

                var (end, digits) = (at, 0);
                while (end < text.Length && IsDigit(text, end, out length))
                {
                    (end, digits) = (end + length, digits + 1);
                }

                if (!rule.EndsAtWords || end == text.Length || !IsWord(Utf8Text.CodePoint(text, end, out _)))
                {
                    Give(text, start, at, isStart, run);
                    GiveGroups(text, at, digits, isStart, run);
                    start = end;
                }

                at = end;
            }

            Give(text, start, at, isStart, run);
        }

        private void GiveGroups(ReadOnlySpan<byte> text, int start, int digits, bool isStart, EncodingRun run)
        {
            for (var first = digits % rule.Length; digits > 0; first = 0)
            {
                var count = first > 0 ? first : rule.Length;
                var end = start;
                for (var i = 0; i < count; i++)
                {
                    end += Utf8Text.Length(text[end]);
                }

                Give(text, start, end, isStart, run);
                (start, digits) = (end, digits - count);
            }
        }

        private void Give(ReadOnlySpan<byte> text, int start, int end, bool isStart, EncodingRun run)
        {
            if (end > start)
            {
                next.Take(text[start..end], isStart && start == 0, run);
            }
        }

        private static bool IsWord(int codePoint) =>
            CharacterSet.Word.Contains(codePoint, CharUnicodeInfo.GetUnicodeCategory(codePoint));
    }
}

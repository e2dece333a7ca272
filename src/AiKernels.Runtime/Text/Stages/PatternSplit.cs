using System.Runtime.CompilerServices;
using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>What becomes of the parts that a pattern matches, by Hugging Face's names.</summary>
internal enum SplitBehavior
{
    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each belongs to the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each belongs to the piece behind it.</summary>
    MergedWithNext,

    /// <summary>Those that follow each other are one piece.</summary>
    Contiguous,
}

/// <summary>Splits at what a pattern matches; what lies between the matches are pieces, too.</summary>
/// <param name="Pattern">The pattern.</param>
/// <param name="Behavior">What becomes of the matches.</param>
/// <param name="IsInverted">Whether what lies between matches counts as matched, and the other way round.</param>
internal sealed record PatternSplit(Pattern Pattern, SplitBehavior Behavior = SplitBehavior.Isolated, bool IsInverted = false) : SplitRule
{
    public override Stage Before(Stage next) => new Splitter(this, next);

    private sealed class Splitter(PatternSplit rule, Stage next) : Stage
    {
        private readonly Pattern _pattern = rule.Pattern;
        private readonly bool _isIsolated = rule.Behavior == SplitBehavior.Isolated;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
        {
            if (!_isIsolated)
            {
                TakePieces(text, isStart, run);
                return;
            }

            var work = 0L;
            for (var end = 0; end < text.Length;)
            {
                var length = _pattern.Find(text, end, out var start, ref work);
                if (start > end)
                {
                    next.Take(text[end..start], isStart && end == 0, run);
                }

                if (length > 0)
                {
                    next.Take(text.Slice(start, length), isStart && start == 0, run);
                }

                end = start + length;
            }
        }

        private void TakePieces(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
        {
            // The piece that is being put together, and whether its last part was a match.
            var (piece, wasMatch, work) = (new Piece(0, 0), false, 0L);
            for (var end = 0; end < text.Length;)
            {
                var length = _pattern.Find(text, end, out var start, ref work);
                if (start > end)
                {
                    Join(text, isStart, run, ref piece, ref wasMatch, new(end, start), rule.IsInverted);
                }

                if (length > 0)
                {
                    Join(text, isStart, run, ref piece, ref wasMatch, new(start, start + length), !rule.IsInverted);
                }

                end = start + length;
            }

            Flush(text, isStart, run, piece);
        }

        private void Join(
            ReadOnlySpan<byte> text, bool isStart, EncodingRun run, ref Piece piece, ref bool wasMatch, Piece part, bool isMatch)
        {
            var joins = rule.Behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && !wasMatch,
                SplitBehavior.MergedWithNext => !isMatch && wasMatch,
                SplitBehavior.Contiguous => isMatch == wasMatch,
                _ => false,
            };
            wasMatch = isMatch;
            if (joins && piece.End > piece.Start)
            {
                piece = piece with { End = part.End };
                return;
            }

            Flush(text, isStart, run, piece);
            piece = isMatch && rule.Behavior == SplitBehavior.Removed ? new(part.End, part.End) : part;
        }

        private void Flush(ReadOnlySpan<byte> text, bool isStart, EncodingRun run, Piece piece)
        {
            if (piece.End > piece.Start)
            {
                next.Take(text[piece.Start..piece.End], isStart && piece.Start == 0, run);
            }
        }

        private readonly record struct Piece(int Start, int End);
    }
}

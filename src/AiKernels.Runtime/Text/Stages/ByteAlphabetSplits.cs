namespace AiKernels.Runtime.Text;

/// <summary>
/// Splits text as it is written in the byte alphabet, in which a character is several, some of them digits or punctuation.
/// </summary>
/// <param name="Rules">The ways by which it is split, in turn, none of which changes it.</param>
internal sealed record ByteAlphabetSplits(IReadOnlyList<SplitRule> Rules) : SplitRule
{
    public override Stage Before(Stage next) => new Writer(Rules.Reverse().Aggregate((Stage)new Reader(next), (stage, rule) => rule.Before(stage)));

    private sealed class Writer(Stage next) : Stage
    {
        public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run) => next.Take(ByteAlphabet.Encode(text), isStart, run);
    }

    private sealed class Reader(Stage next) : Stage
    {
        public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
        {
            var bytes = new byte[text.Length];
            next.Take(bytes.AsSpan(0, ByteAlphabet.Decode(text, bytes)), isStart, run);
        }
    }
}

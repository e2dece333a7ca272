namespace AiKernels.Runtime.Text;

/// <summary>Normalizes text before it is split.</summary>
internal sealed class NormalizerStage(Normalizer normalizer, Stage next) : Stage
{
    public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
    {
        if (normalizer.Keeps(text))
        {
            next.Take(text, isStart, run);
            return;
        }

        var buffer = run.Rent();
        buffer.LimitTo(run.Text.Length, run.Normalized); // The whole text's: it may be cut into any number of pieces.
        normalizer.Normalize(text, buffer);
        run.Normalized += buffer.Length;
        if (buffer.Length > 0)
        {
            next.Take(buffer.Text, isStart, run);
        }

        run.Return(buffer);
    }
}

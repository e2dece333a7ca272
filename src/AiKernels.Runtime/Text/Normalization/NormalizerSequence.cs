namespace AiKernels.Runtime.Text;

/// <summary>Normalizers one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public override bool Keeps(ReadOnlySpan<byte> text)
    {
        foreach (var step in steps)
        {
            if (!step.Keeps(text))
            {
                return false;
            }
        }

        return true;
    }

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        var (before, after) = (new Utf8Buffer(), new Utf8Buffer());
        before.LimitTo(text.Length);
        before.Append(text);
        foreach (var step in steps)
        {
            if (!step.Keeps(before.Text))
            {
                after.Clear();
                after.LimitTo(text.Length);
                step.Normalize(before.Text, after);
                (before, after) = (after, before);
            }
        }

        target.Append(before.Text);
    }
}

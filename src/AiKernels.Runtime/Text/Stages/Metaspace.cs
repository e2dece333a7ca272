namespace AiKernels.Runtime.Text;

/// <summary>Before which pieces a space is put, so that a first word is cut as any other.</summary>
internal enum SpacePrefix
{
    /// <summary>None.</summary>
    Never,

    /// <summary>The one that the text begins with.</summary>
    First,

    /// <summary>All, those behind added tokens among them.</summary>
    Always,
}

/// <summary>Writes spaces as a mark, and puts one before a text that begins with none.</summary>
/// <param name="Mark">The mark, U+2581 nearly always; a space itself for byte-level tokenizers.</param>
/// <param name="Prefix">Where one is put.</param>
internal sealed record Metaspace(string Mark, SpacePrefix Prefix) : SplitRule
{
    public override Stage Before(Stage next) => new Writer(this, next);

    private sealed class Writer(Metaspace rule, Stage next) : Stage
    {
        private readonly byte[] _mark = System.Text.Encoding.UTF8.GetBytes(rule.Mark);

        public override void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run)
        {
            var wantsPrefix = rule.Prefix == SpacePrefix.Always || (rule.Prefix == SpacePrefix.First && isStart);
            var buffer = run.Rent();
            if (wantsPrefix && text[0] != ' ' && !text.StartsWith(_mark))
            {
                buffer.Append(_mark);
            }

            SpaceMark.Write(text, _mark, buffer);
            next.Take(buffer.Text, isStart, run);
            run.Return(buffer);
        }
    }
}

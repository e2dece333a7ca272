namespace AiKernels.Runtime.Text;

/// <summary>
/// One step on the way from text to tokens: finds added tokens, normalizes, splits, or, at the end, turns a word into
/// tokens. A stage hands what it makes of a piece to the next one, so that a text goes through all of them piece by piece.
/// </summary>
/// <remarks>Stages hold no text and are shared by threads; what a run needs to remember is in <see cref="EncodingRun"/>.</remarks>
internal abstract class Stage
{
    /// <summary>Takes a piece of text.</summary>
    /// <param name="text">Valid UTF-8, not empty.</param>
    /// <param name="isStart">Whether the text as it was given begins with this piece.</param>
    /// <param name="run">Receives the tokens in the end.</param>
    public abstract void Take(ReadOnlySpan<byte> text, bool isStart, EncodingRun run);
}

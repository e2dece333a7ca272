namespace AiKernels.Runtime.Text;

/// <summary>Changes a text to the form in which a vocabulary knows it.</summary>
internal abstract class Normalizer
{
    /// <summary>Whether a quick look tells that a text stays as it is.</summary>
    /// <param name="text">Valid UTF-8.</param>
    public virtual bool Keeps(ReadOnlySpan<byte> text) => false;

    /// <summary>Appends the normalized text.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="target">Receives valid UTF-8.</param>
    public abstract void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target);
}

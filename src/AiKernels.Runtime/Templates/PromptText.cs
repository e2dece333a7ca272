namespace AiKernels.Runtime.Templates;

/// <summary>Text that grows at its end, as far as a rendering may go. What is captured is written behind it and cut off again.</summary>
internal sealed class PromptText(Rendering run)
{
    private const int FirstLength = 256;

    private char[] _characters = new char[FirstLength];

    public int Length { get; private set; }

    public void Append(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        text.CopyTo(_characters.AsSpan(Length));
        Length += text.Length;
    }

    public void Append(char character)
    {
        Reserve(1);
        _characters[Length++] = character;
    }

    public void Append(char character, int count)
    {
        Reserve(count);
        _characters.AsSpan(Length, count).Fill(character);
        Length += count;
    }

    /// <summary>Takes what was written since <paramref name="start"/> off again.</summary>
    public string Cut(int start)
    {
        run.Read(Length - start);
        var text = new string(_characters, start, Length - start);
        Length = start;
        return text;
    }

    public override string ToString() => new(_characters, 0, Length);

    private void Reserve(int more)
    {
        var needed = (long)Length + more;
        if (needed > run.MaxOutput)
        {
            run.Make(needed);
        }

        if (needed > _characters.Length)
        {
            Array.Resize(ref _characters, (int)Math.Min(Math.Max(needed, 2L * _characters.Length), Array.MaxLength));
        }

        run.Step((needed / Rendering.CharactersPerStep) - (Length / Rendering.CharactersPerStep));
    }
}

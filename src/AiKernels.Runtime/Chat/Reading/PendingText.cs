namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Text that has come and isn't done with: what is still to be read, and what was read but may have to be read again.</summary>
internal sealed class PendingText
{
    private char[] _characters = new char[256];
    private int _end;
    private long _forgotten;

    /// <summary>How much was read of what is kept.</summary>
    public int Position { get; set; }

    /// <summary>How much was read of all that has come.</summary>
    public long Place => _forgotten + Position;

    /// <summary>What is still to be read.</summary>
    public ReadOnlySpan<char> Rest => _characters.AsSpan(Position, _end - Position);

    public void Append(ReadOnlySpan<char> text)
    {
        if (_end + text.Length > _characters.Length)
        {
            Array.Resize(ref _characters, Math.Max(2 * _characters.Length, _end + text.Length));
        }

        text.CopyTo(_characters.AsSpan(_end));
        _end += text.Length;
    }

    public void Advance(int count) => Position += count;

    /// <summary>What was read between two places.</summary>
    public ReadOnlySpan<char> Between(int start, int end) => _characters.AsSpan(start, end - start);

    /// <summary>Drops what was read; positions change.</summary>
    public void Forget()
    {
        Rest.CopyTo(_characters);
        _forgotten += Position;
        (_end, Position) = (_end - Position, 0);
    }
}

using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>UTF-8 text that is being written.</summary>
internal sealed class Utf8Buffer
{
    // What a long text needed is not kept for the next one.
    private const int MostKept = 1 << 20;

    // A character that decomposes has eleven times as many bytes at most. What a stranger's file does to a text might have no end.
    private const long MostGrowth = 100, ShortText = 10_000;

    private byte[] _bytes = new byte[256];
    private long _most = Array.MaxLength;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Text => _bytes.AsSpan(0, Length);

    public void Clear()
    {
        (Length, _most) = (0, Array.MaxLength);
        if (_bytes.Length > MostKept)
        {
            _bytes = new byte[256];
        }
    }

    /// <summary>Refuses to become out of proportion to what is written here in another form.</summary>
    /// <param name="given">How many bytes that has.</param>
    /// <param name="made">How many were made of it elsewhere.</param>
    public void LimitTo(int given, long made = 0) => _most = Math.Min(Array.MaxLength, (MostGrowth * given) + ShortText - made);

    public void Append(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> text)
    {
        Grow(text.Length);
        text.CopyTo(_bytes.AsSpan(Length));
        Length += text.Length;
    }

    public void Append(Rune rune)
    {
        Grow(4);
        Length += rune.EncodeToUtf8(_bytes.AsSpan(Length));
    }

    /// <summary>Takes the UTF-8 of a text; a lone surrogate becomes U+FFFD.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        Grow(Encoding.UTF8.GetByteCount(text));
        Length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Length));
    }

    /// <summary>Takes off what lies behind <paramref name="length"/>.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    private void Grow(int more)
    {
        if (Length + (long)more > _most)
        {
            throw new InvalidDataException("the tokenizer's normalizer makes more than a hundred times as much of this text");
        }

        if (_bytes.Length - Length < more)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Math.Max(2L * _bytes.Length, checked(Length + more)), Array.MaxLength));
        }
    }
}

using System.Collections;
using System.Runtime.CompilerServices;

namespace AiKernels.Runtime.Text;

/// <summary>
/// Many short texts one after the other in one array: a vocabulary of 150,000 tokens is two arrays and not 150,000, which
/// the garbage collector would carry from one generation to the next while a model loads.
/// </summary>
internal sealed class Utf8Texts : IReadOnlyList<byte[]>
{
    private readonly int[] _ends;
    private byte[] _bytes;

    /// <summary>Room for texts; their bytes may become more than expected.</summary>
    public Utf8Texts(int count, int expectedBytes)
    {
        _ends = new int[count];
        _bytes = new byte[expectedBytes];
    }

    public int Count { get; private set; }

    public ReadOnlySpan<byte> this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var start = index == 0 ? 0 : _ends[index - 1];
            return new ReadOnlySpan<byte>(_bytes, start, _ends[index] - start);
        }
    }

    byte[] IReadOnlyList<byte[]>.this[int index] =>
        (uint)index < (uint)Count ? this[index].ToArray() : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>The texts of a list, which is often one of these.</summary>
    public static Utf8Texts Of(IReadOnlyList<byte[]> list)
    {
        if (list is Utf8Texts texts)
        {
            return texts;
        }

        texts = new Utf8Texts(list.Count, checked((int)list.Sum(text => (long)text.Length)));
        foreach (var text in list)
        {
            texts.Add(text);
        }

        return texts;
    }

    public void Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Reserve(text.Length));
        End(text.Length);
    }

    /// <summary>Where the next text can be written, if it has at most so many bytes.</summary>
    public Span<byte> Reserve(int length)
    {
        var start = Count == 0 ? 0 : _ends[Count - 1];
        if (_bytes.Length - start < length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Math.Max(2L * _bytes.Length, (long)start + length), Array.MaxLength));
        }

        return _bytes.AsSpan(start);
    }

    /// <summary>Ends the text that was written to <see cref="Reserve"/>.</summary>
    public void End(int length)
    {
        _ends[Count] = (Count == 0 ? 0 : _ends[Count - 1]) + length;
        Count++;
    }

    public IEnumerator<byte[]> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i].ToArray();
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

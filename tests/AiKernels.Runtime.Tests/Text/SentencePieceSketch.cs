using System.Buffers.Binary;
using System.Text;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Writes small models of SentencePiece, field by field.</summary>
internal sealed class SentencePieceSketch
{
    private readonly List<byte> _bytes = [];

    /// <summary>A unigram model with all kinds of pieces, and a map of characters.</summary>
    public static byte[] Unigram { get; } = Model(type: 1, CharacterMapSketch.Of(("Ａ", "a"), ("ﬁ", "fi"), ("e\u0301", "é"), ("\u3000", " "), ("½", "1/2")));

    public static byte[] Pairs { get; } = Model(type: 2, map: null);

    public byte[] ToArray() => [.. _bytes];

    public SentencePieceSketch Number(int field, ulong value)
    {
        Varint((ulong)field << 3);
        Varint(value);
        return this;
    }

    public SentencePieceSketch Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public SentencePieceSketch Float(int field, float value)
    {
        Varint(((ulong)field << 3) | 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public static byte[] Model(ulong type, byte[]? map, bool removesSpaces = true)
    {
        var model = new SentencePieceSketch();
        (string Text, float Score, ulong Kind)[] pieces =
        [
            ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("<tool>", 0, 4), ("▁", -3, 1), ("a", -2, 1), ("b", -2.5f, 1), ("ab", -4, 1),
            ("▁a", -3.5f, 1), ("fi", -3, 1), ("é", -3, 1), ("1", -3, 1), ("/", -3, 1), ("2", -3, 1), ("unused", -3, 5), ("<0x21>", 0, 6),
        ];
        foreach (var (text, score, kind) in pieces)
        {
            model.Bytes(1, new SentencePieceSketch().Bytes(1, Encoding.UTF8.GetBytes(text)).Float(2, score).Number(3, kind).ToArray());
        }

        model.Bytes(2, new SentencePieceSketch().Number(3, type).Number(40, 0).Number(41, 1).Number(42, 2).Number(43, ulong.MaxValue).ToArray());
        var normalizer = new SentencePieceSketch().Bytes(1, "nmt_nfkc"u8);
        if (map is not null)
        {
            normalizer.Bytes(2, map);
        }

        model.Bytes(3, normalizer.Number(3, 1).Number(4, removesSpaces ? 1u : 0).Number(5, 1).ToArray());
        return model.ToArray();
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
    }
}

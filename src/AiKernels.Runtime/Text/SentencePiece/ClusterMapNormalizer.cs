using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>A SentencePiece model's character map as Hugging Face's tokenizers apply it.</summary>
/// <remarks>
/// It isn't SentencePiece's way, though the map is the same: a user-perceived character of up to five bytes is looked for as
/// a whole, then each of its code points, and the shortest sequence in the map counts. Source: <c>Precompiled</c> of
/// huggingface/tokenizers.
/// </remarks>
internal sealed class ClusterMapNormalizer(CharacterMap map) : Normalizer
{
    private const int LongestCluster = 5;

    public override void Normalize(ReadOnlySpan<byte> text, Utf8Buffer target)
    {
        ReadOnlySpan<char> rest = Encoding.UTF8.GetString(text);
        Span<byte> utf8 = stackalloc byte[LongestCluster];
        while (!rest.IsEmpty)
        {
            var cluster = rest[..StringInfo.GetNextTextElementLength(rest)];
            rest = rest[cluster.Length..];
            var isShort = Encoding.UTF8.TryGetBytes(cluster, utf8, out var length);
            if (isShort && map.TryFind(utf8[..length], longest: false, out _, out var whole))
            {
                target.Append(whole);
                continue;
            }

            foreach (var rune in cluster.EnumerateRunes())
            {
                var character = utf8[..rune.EncodeToUtf8(utf8)];
                target.Append(map.TryFind(character, longest: false, out _, out var replacement) ? replacement : character);
            }
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Text;

public sealed class UnicodeNormalizerTests
{
    // Behind the planes that have characters which change.
    private const int End = 0x30000;

    // What a character composes with, is ordered before, or keeps apart.
    private static readonly string[] Surroundings = ["a{0}\u0301", "\u0301\u0323{0}\u1161", "\u1100{0}\u11A8"];

    /// <summary>
    /// The hashes are those of what Python's <c>unicodedata</c> (Unicode 14.0) makes of the same texts, each behind a line end.
    /// </summary>
    [Theory]
    [InlineData(UnicodeForm.C, "09a03546166a71f10f4a93ae4ab4cba0a42c73db141c54308baeec5be95bf928")]
    [InlineData(UnicodeForm.D, "58f6526dc5ae4613d059c709c8678bce0a580f5205bd3bd6cba939e75ef0e9a9")]
    [InlineData(UnicodeForm.KC, "3375bdcb7f443b136e615a6fa143265e5e62de9b0cf9a22717343170d5b1f6a3")]
    [InlineData(UnicodeForm.KD, "1f0874e3edad25d07ef90ad5b6652e94ae1242a9457f05f63cc30d50f6ec40b7")]
    internal void All_characters_take_the_forms_that_unicode_14_says(UnicodeForm form, string expected)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (normalizer, buffer) = (new UnicodeNormalizer(form), new Utf8Buffer());
        foreach (var surrounding in Surroundings)
        {
            for (var codePoint = 0; codePoint < End; codePoint++)
            {
                if (Rune.IsValid(codePoint))
                {
                    var text = Encoding.UTF8.GetBytes(surrounding.Replace("{0}", new Rune(codePoint).ToString()));
                    buffer.Clear();
                    normalizer.Normalize(text, buffer);
                    Assert.True(!normalizer.Keeps(text) || buffer.Text.SequenceEqual(text), $"U+{codePoint:X} is said to stay");
                    hash.AppendData(buffer.Text);
                    hash.AppendData("\n"u8);
                }
            }
        }

        Assert.Equal(expected, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void A_million_combining_marks_take_no_time_out_of_proportion()
    {
        var text = string.Concat(Enumerable.Repeat("\u0301\u0323", 500_000));
        Assert.Equal(new string('\u0323', 500_000) + new string('\u0301', 500_000), Unicode.Normalized(text, UnicodeForm.C));
    }
}

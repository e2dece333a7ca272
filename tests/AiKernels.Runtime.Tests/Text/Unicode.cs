using System.Text;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Normalizers on strings.</summary>
internal static class Unicode
{
    public static string Normalized(string text, UnicodeForm form) => Normalized(text, new UnicodeNormalizer(form));

    public static string Normalized(string text, Normalizer normalizer)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var buffer = new Utf8Buffer();
        normalizer.Normalize(utf8, buffer);
        return Encoding.UTF8.GetString(buffer.Text);
    }
}

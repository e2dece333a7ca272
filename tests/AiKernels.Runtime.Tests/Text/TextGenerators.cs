using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Random text of the kinds that tokenizers stumble over.</summary>
internal static class TextGenerators
{
    private const string Awkward = " \n\r\t\u00A0\u0085\u2028\u3000'sStTdDmMlLvVrReE0189!?._-<|>▁\u0301\uFFFD";

    /// <summary>Any code points, surrogates in pairs.</summary>
    public static Gen<string> WellFormed { get; } = Joined(
        (6, Gen.Elements(Awkward.EnumerateRunes().ToArray()).Select(rune => rune.ToString())),
        (4, Gen.Choose(' ', '~').Select(character => ((char)character).ToString())),
        (3, Gen.Choose(0, 0x2FFF).Select(codePoint => new Rune(codePoint).ToString())),
        (2, Gen.Choose(0x10000, 0x10FFFF).Select(codePoint => new Rune(codePoint).ToString())));

    /// <summary>Any UTF-16, lone surrogates among them.</summary>
    public static Gen<string> Any { get; } = Joined(
        (3, WellFormed),
        (1, Gen.Choose(0xD800, 0xDFFF).Select(unit => ((char)unit).ToString())));

    private static Gen<string> Joined(params (int, Gen<string>)[] parts) =>
        Gen.Frequency(parts).ListOf().Select(list => string.Concat(list));
}

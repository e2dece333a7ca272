using AiKernels.Runtime.Text.Patterns;

namespace AiKernels.Runtime.Text;

/// <summary>Ways to split that many tokenizers share.</summary>
internal static class WordSplits
{
    private static readonly Lazy<SplitRule> LazySpaces = new(() => new PatternSplit(new Pattern(@"\s"), SplitBehavior.Removed));

    /// <summary>At white space, which is left out.</summary>
    public static SplitRule Spaces => LazySpaces.Value;

    /// <summary>At white space, and punctuation by itself.</summary>
    public static IReadOnlyList<SplitRule> Bert => [Spaces, Punctuation(SplitBehavior.Isolated)];

    /// <summary>At punctuation: Unicode's, and all of ASCII's that is neither letter nor digit.</summary>
    public static SplitRule Punctuation(SplitBehavior behavior) => new PatternSplit(new Pattern(@"[\p{P}!-/:-@\[-`{-~]"), behavior);

    /// <summary>At words, as letters, digits and their marks, and what is none; white space is left out.</summary>
    /// <remarks>Hugging Face's tokenizers have words from another library here, to which joiners of width zero belong.</remarks>
    public static SplitRule Words => new PatternSplit(
        new Pattern(@"[\w\u200C\u200D]+|[^\w\s\u200C\u200D]+"), SplitBehavior.Removed, IsInverted: true);
}

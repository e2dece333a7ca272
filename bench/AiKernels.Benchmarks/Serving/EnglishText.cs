using AiKernels.Runtime.Files;
using AiKernels.Runtime.Text;

namespace AiKernels.Benchmarks.Serving;

/// <summary>Ordinary prose, as tokens: for what depends on how often people say the same thing twice.</summary>
internal static class EnglishText
{
    /// <summary>This project's own documentation, in the tokens of the demo model.</summary>
    public static int[] Tokens()
    {
        using var file = GgufFile.Open(Path.Combine(AppContext.BaseDirectory, "demo.gguf"));
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ARCHITECTURE.md"));
        return Tokenizer.Create(Vocabulary.FromGguf(file)).Encode(text);
    }
}

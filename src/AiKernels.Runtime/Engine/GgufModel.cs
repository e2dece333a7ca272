using AiKernels.Runtime.Files;
using AiKernels.Runtime.Files.Packed;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Engine;

/// <summary>From a GGUF file to a model. Kept weights are checked while the tokenizer is made.</summary>
internal static class GgufModel
{
    public static LanguageModel Load(
        GgufFile file, IBackend backend, ModelOptions options, bool withTokenizer, CancellationToken cancellation)
    {
        var spec = Architecture.Read(file);
        using var cache = options.PackedCacheFolder is { } folder
            ? PackedCache.Open(file, folder, backend, cancellation)
            : null;
        var tokenizer = withTokenizer ? ReadTokenizer(file, spec) : null;
        var tensors = new GgufTensorSource(file);
        if (cache is null)
        {
            return LanguageModel.Create(backend, spec, tensors, tokenizer, options, cancellation);
        }

        var model = LanguageModel.Create(
            backend, spec, new PackedTensorSource(tensors, cache), tokenizer, options, cancellation);
        try
        {
            cache.Keep();
            model.PackedCache = cache.Result;
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static Tokenizer ReadTokenizer(GgufFile file, DecoderSpec spec)
    {
        // Compared before any is read, so that a file pays in tensors for the tokens it makes us hold.
        if (file.Metadata.TryGetEntry(GgufVocabulary.TokensKey, out var tokens) && tokens.Count > spec.VocabularySize)
        {
            throw file.Metadata.Invalid(
                GgufVocabulary.TokensKey, $"has {tokens.Count} tokens, but the embedding {spec.VocabularySize} rows");
        }

        return Tokenizer.Create(Vocabulary.FromGguf(file));
    }
}
